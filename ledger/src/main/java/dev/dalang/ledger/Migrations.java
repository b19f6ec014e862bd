package dev.dalang.ledger;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.resource.LoadableResource;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.UnableToCreateStatementException;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.jspecify.annotations.Nullable;

/**
 * The versions of the tables. The scripts are named here, so that nothing is searched for: inside a module there is
 * nothing to search.
 */
final class Migrations {

    private static final String FOLDER = "ledger-migrations";

    /** In order; a script that was published is never changed, a new one is added. */
    private static final List<String> SCRIPTS = List.of(
            "V1__acceptances_and_pulls.sql",
            "V2__keys.sql",
            "V3__requests_and_budgets.sql",
            "V4__responses_files_batches.sql",
            "V5__conversations.sql");

    private Migrations() {}

    /** The newest version that this build knows. */
    static int newest() {
        String last = SCRIPTS.getLast();
        return Integer.parseInt(last.substring(1, last.indexOf('_')));
    }

    /** The version of the tables in a database; 0 when there are none. */
    static int version(Jdbi jdbi) {
        try {
            return jdbi.withHandle(h -> h.createQuery("select version from flyway_schema_history"
                            + " where success and version is not null order by installed_rank desc")
                    .mapTo(Integer.class)
                    .findFirst()
                    .orElse(0));
        } catch (UnableToCreateStatementException noTableInSqlite) {
            return 0;
        } catch (UnableToExecuteStatementException e) {
            // PostgreSQL's "undefined table".
            if (e.getCause() instanceof SQLException s && "42P01".equals(s.getSQLState())) return 0;
            throw e;
        }
    }

    static void run(DataSource database) {
        Flyway.configure(Migrations.class.getClassLoader())
                .dataSource(database)
                .resourceProvider(new Scripts())
                .locations("classpath:" + FOLDER)
                .load()
                .migrate();
    }

    private static final class Scripts implements ResourceProvider {
        @Override
        public @Nullable LoadableResource getResource(String name) {
            return SCRIPTS.contains(name) ? new Script(name) : null;
        }

        @Override
        public Collection<LoadableResource> getResources(String prefix, String[] suffixes) {
            List<LoadableResource> found = new ArrayList<>();
            for (String script : SCRIPTS) {
                if (!script.startsWith(prefix)) continue;
                for (String suffix : suffixes) if (script.endsWith(suffix)) found.add(new Script(script));
            }
            return found;
        }
    }

    private static final class Script extends LoadableResource {
        private final String name;

        Script(String name) {
            this.name = name;
        }

        @Override
        public Reader read() {
            InputStream in = Migrations.class.getResourceAsStream("/" + FOLDER + "/" + name);
            if (in == null) throw new UncheckedIOException(new IOException("the migration " + name + " is missing"));
            return new InputStreamReader(in, StandardCharsets.UTF_8);
        }

        @Override
        public String getAbsolutePath() {
            return FOLDER + "/" + name;
        }

        @Override
        public String getAbsolutePathOnDisk() {
            return getAbsolutePath();
        }

        @Override
        public String getFilename() {
            return name;
        }

        @Override
        public String getRelativePath() {
            return name;
        }
    }
}
