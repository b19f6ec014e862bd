package dev.dalang.ledger;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
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

    /** What is the matter with SQLite's file, and the way out, after its name; null where it is something else. */
    static @Nullable String ofTheFile(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (!(t instanceof SQLiteException s)) continue;
            return switch (s.getResultCode().code & 0xff) {
                case 5 -> // BUSY
                    "is locked by another program, such as one that copies or looks at it; close that, and try again";
                case 8, 14 -> // READONLY, CANTOPEN
                    "cannot be written to: this user needs to own it, the files beside it and their folder, or set"
                            + " DALANG_HOME to another folder";
                case 10 -> "cannot be read or written: the disk, or a limit of this process, refused it"; // IOERR
                case 11, 26 -> // CORRUPT, NOTADB
                    "is damaged, or no ledger; put a copy of it back, or move it away to begin a new one";
                case 13 -> "has no room to grow: the disk is full"; // FULL
                default -> null;
            };
        }
        return null;
    }

    /** Whether SQLite's files could not be written, as where they cannot grow: IOERR, FULL. */
    static boolean ofRoom(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (!(t instanceof SQLiteException s)) continue;
            int code = s.getResultCode().code & 0xff;
            return code == 10 || code == 13;
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
