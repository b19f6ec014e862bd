package dev.dalang.ledger;

import static org.junit.jupiter.api.Assumptions.abort;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A real PostgreSQL server on a free port, one for all tests of this process; a fresh database for whoever asks. */
final class Postgres {
    private static final AtomicInteger DATABASES = new AtomicInteger();
    private static @Nullable EmbeddedPostgres server;
    private static @Nullable String why;

    private Postgres() {}

    /** The address of a new, empty database; skips the test, with the reason, where no server can be had. */
    static synchronized String database() {
        EmbeddedPostgres running = server();
        String name = "ledger" + DATABASES.incrementAndGet();
        try (var c = running.getPostgresDatabase().getConnection();
                var s = c.createStatement()) {
            s.execute("create database " + name);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return running.getJdbcUrl("postgres", name);
    }

    private static EmbeddedPostgres server() {
        if (why != null) abort(why);
        EmbeddedPostgres running = server;
        if (running == null) {
            try {
                running = start(0, null);
                server = running;
            } catch (IOException | RuntimeException e) {
                why = "no PostgreSQL server can be started here: " + e;
                return abort(why);
            }
        }
        return running;
    }

    /** A server of one's own on a free port, to be stopped and started again; skips the test where none can be had. */
    static EmbeddedPostgres own(Path data) {
        try {
            return start(0, data);
        } catch (IOException | RuntimeException e) {
            return abort("no PostgreSQL server can be started here: " + e);
        }
    }

    /** @param port 0 is a free one */
    static EmbeddedPostgres start(int port, @Nullable Path data) throws IOException {
        var builder = EmbeddedPostgres.builder()
                .setServerConfig("max_connections", "100")
                .setServerConfig("fsync", "off")
                .setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
                .setErrorRedirector(ProcessBuilder.Redirect.DISCARD);
        if (port != 0) builder.setPort(port);
        if (data != null) {
            Files.createDirectories(data);
            builder.setDataDirectory(data).setCleanDataDirectory(false);
        }
        return builder.start();
    }
}
