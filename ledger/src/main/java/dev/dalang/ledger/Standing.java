package dev.dalang.ledger;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A connection that stays, with its {@link Statements}, from one transaction to the next. For one thread. */
final class Standing implements AutoCloseable {

    private final HikariDataSource source;
    private @Nullable Connection connection;
    private @Nullable Statements statements;

    Standing(HikariDataSource source) {
        this.source = source;
    }

    /**
     * Runs statements in one transaction. A connection may have ended, since it was last used, with a server that is back:
     * then they run once more on a new one, even where the end came so late that they were committed.
     *
     * @throws Statements.Failed what the database said
     */
    <T> T inTransaction(Function<Statements, T> work) {
        boolean used = connection != null;
        try {
            return attempt(work);
        } catch (RuntimeException e) {
            if (!used || !Trouble.ofTheConnection(e)) throw e;
            return attempt(work);
        }
    }

    private <T> T attempt(Function<Statements, T> work) {
        boolean done = false;
        try {
            Connection c = connection;
            Statements s = statements;
            if (c == null || s == null) {
                connection = c = source.getConnection();
                statements = s = new Statements(c);
            }
            c.setAutoCommit(false);
            T result = work.apply(s);
            // Commits, as JDBC says; commit() would have SQLite begin the next transaction, which locks others out.
            c.setAutoCommit(true);
            done = true;
            return result;
        } catch (SQLException e) {
            throw new Statements.Failed(e);
        } finally {
            if (!done) close();
        }
    }

    /**
     * What is not committed is undone, and the next transaction has a connection of its own: after a commit that failed,
     * drivers disagree on whether a transaction is still open.
     */
    @Override
    public void close() {
        Connection c = connection;
        connection = null;
        statements = null;
        if (c == null) return;
        try {
            if (!c.getAutoCommit()) c.rollback();
        } catch (SQLException e) {
            // It ended already, and a transaction with it.
        }
        source.evictConnection(c); // closes it
    }
}
