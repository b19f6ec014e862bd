package dev.dalang.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The statements of one connection, which stay prepared: the books' writer runs the same few for every request, and to
 * prepare and bind them anew each time took more than to run them. Arguments stand in the order of the question marks. For
 * one thread; all methods throw {@link Failed}.
 */
final class Statements {

    private static final int PREPARED = 64;

    /** What the database said. */
    static final class Failed extends RuntimeException {
        private static final long serialVersionUID = 1;

        Failed(SQLException cause) {
            super(cause);
        }
    }

    /** Reads the row where a result stands. */
    @FunctionalInterface
    interface Mapper<T> {
        T map(ResultSet row) throws SQLException;
    }

    private final Connection connection;
    private final SequencedMap<String, PreparedStatement> prepared = new LinkedHashMap<>(16, 0.75f, true);

    /** @param connection whose end is the end of the statements too */
    Statements(Connection connection) {
        this.connection = connection;
    }

    <T> List<T> query(String sql, Mapper<T> mapper, @Nullable Object... arguments) {
        try {
            PreparedStatement statement = prepared(sql);
            bind(statement, arguments);
            try (ResultSet rows = statement.executeQuery()) {
                List<T> found = new ArrayList<>();
                while (rows.next()) found.add(mapper.map(rows));
                return found;
            }
        } catch (SQLException e) {
            throw new Failed(e);
        }
    }

    /** @return how many rows it changed */
    int update(String sql, @Nullable Object... arguments) {
        try {
            PreparedStatement statement = prepared(sql);
            bind(statement, arguments);
            return statement.executeUpdate();
        } catch (SQLException e) {
            throw new Failed(e);
        }
    }

    /** @return how many rows it changed with each of the arguments; nothing is asked when there are none */
    int[] batch(String sql, List<@Nullable Object[]> arguments) {
        if (arguments.isEmpty()) return new int[0];
        if (arguments.size() == 1) return new int[] {update(sql, arguments.getFirst())};
        try {
            PreparedStatement statement = prepared(sql);
            try {
                for (@Nullable Object[] one : arguments) {
                    bind(statement, one);
                    statement.addBatch();
                }
                return statement.executeBatch();
            } finally {
                statement.clearBatch();
            }
        } catch (SQLException e) {
            throw new Failed(e);
        }
    }

    /** Places for pairs of values, as after {@code in (values}. */
    static String pairs(int count) {
        String places = "(?, ?), ".repeat(count);
        return places.substring(0, places.length() - 2);
    }

    private static void bind(PreparedStatement statement, @Nullable Object[] arguments) throws SQLException {
        for (int i = 0; i < arguments.length; i++) statement.setObject(i + 1, arguments[i]);
    }

    private PreparedStatement prepared(String sql) throws SQLException {
        PreparedStatement statement = prepared.get(sql);
        if (statement != null) return statement;
        if (prepared.size() == PREPARED) {
            prepared.pollFirstEntry().getValue().close();
        }
        statement = connection.prepareStatement(sql);
        prepared.put(sql, statement);
        return statement;
    }
}
