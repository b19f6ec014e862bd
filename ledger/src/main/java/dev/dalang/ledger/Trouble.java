package dev.dalang.ledger;

import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** Tells an entry that no database would take from a database that is away. */
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

    private static boolean ofTheData(SQLiteErrorCode code) {
        return switch (code.code & 0xff) { // the low byte is the primary code
            case 1, 18, 19, 20, 25 -> true; // ERROR, TOOBIG, CONSTRAINT, MISMATCH, RANGE
            default -> false;
        };
    }
}
