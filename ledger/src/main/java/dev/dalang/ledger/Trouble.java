package dev.dalang.ledger;

import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** Tells an entry that no database would take, a database that is away, and a connection that ended apart. */
final class Trouble {
    private Trouble() {}

    static boolean ofTheData(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof ArithmeticException) return true;
            if (t instanceof SQLiteException s) return ofTheData(s.getResultCode());
            if (t instanceof SQLException s && s.getSQLState() != null) {
                // Classes of SQLSTATE: data exception, integrity constraint, syntax or access rule.
                String state = s.getSQLState();
                return state.startsWith("22") || state.startsWith("23") || state.startsWith("42");
            }
        }
        return false;
    }

    /** Whether a connection ended: SQLSTATE's class of connection exceptions, or PostgreSQL shutting down. */
    static boolean ofTheConnection(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (!(t instanceof SQLException s) || s.getSQLState() == null) continue;
            String state = s.getSQLState();
            return state.startsWith("08") || state.startsWith("57P");
        }
        return false;
    }

    /** Whether SQLite's file was locked by another for longer than our patience. */
    static boolean ofTheLock(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof SQLiteException s) return (s.getResultCode().code & 0xff) == 5; // BUSY
        }
        return false;
    }

    private static boolean ofTheData(SQLiteErrorCode code) {
        return switch (code.code & 0xff) { // the low byte is the primary code
            case 1, 18, 19, 20, 25 -> true; // ERROR, TOOBIG, CONSTRAINT, MISMATCH, RANGE
            default -> false;
        };
    }
}
