package dev.dalang.gateway.route;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/**
 * The user's routes, from a TOML file ({@code docs/ROUTING.md} shows it). A key that does not exist is refused, with its
 * place.
 *
 * @param privateFirst local models come before hosted ones, whatever a route's order, and hosted ones answer only where a
 *     route says {@code may-leave}
 */
public record RouteTable(boolean privateFirst, Map<String, Route> routes) {

    public static final RouteTable EMPTY = new RouteTable(true, Map.of());

    private static final Set<String> KEYS = Set.of(
            "models",
            "weights",
            "choose",
            "may-leave",
            "retries",
            "longest-wait",
            "connect",
            "hedge",
            "cool-down",
            "first-token",
            "gap",
            "run-again");
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

    public RouteTable {
        routes = Map.copyOf(routes);
    }

    /** @throws DalangException naming line and key of what is wrong */
    public static RouteTable read(Path file) {
        if (!Files.exists(file)) return EMPTY;
        try {
            return parse(Files.readString(file), file.toString());
        } catch (IOException e) {
            throw new DalangException(
                    new Failure.Storage("the routes " + file + " cannot be read: " + e.getMessage(), file.toString()),
                    e);
        }
    }

    static RouteTable parse(String text, String what) {
        TomlParseResult toml = Toml.parse(text);
        if (toml.hasErrors()) {
            TomlParseError first = toml.errors().getFirst();
            throw wrong(what, "line " + first.position().line() + ": " + first.getMessage());
        }
        for (String key : toml.keySet()) {
            if (!Set.of("private-first", "route").contains(key)) throw wrong(what, "there is no setting " + key);
        }
        Map<String, Route> routes = new TreeMap<>();
        TomlTable table = toml.getTable("route");
        if (table != null) {
            for (String name : table.keySet()) {
                if (!(table.get(List.of(name)) instanceof TomlTable t))
                    throw wrong(what, "[route." + name + "] is no table");
                if (name.contains("/")) throw wrong(what, "a route's name has no /, unlike " + name);
                routes.put(name, route(name, t, what));
            }
        }
        return new RouteTable(value(toml, "private-first", Boolean.class, true, what), routes);
    }

    private static Route route(String name, TomlTable t, String what) {
        String where = what + ", [route." + name + "]";
        for (String key : t.keySet()) if (!KEYS.contains(key)) throw wrong(where, "there is no setting " + key);
        List<String> models = new ArrayList<>();
        for (Object o : list(t, "models", where)) {
            if (!(o instanceof String s) || s.isBlank()) throw wrong(where, "models must be names");
            models.add(s);
        }
        List<Double> weights = new ArrayList<>();
        for (Object o : list(t, "weights", where)) {
            if (!(o instanceof Number n)) throw wrong(where, "weights must be numbers");
            weights.add(n.doubleValue());
        }
        String word = value(t, "choose", String.class, "order", where);
        Route.Choice choice = null;
        for (Route.Choice c : Route.Choice.values())
            if (c.name().toLowerCase(Locale.ROOT).equals(word)) choice = c;
        if (choice == null) throw wrong(where, "choose must be order, weight, latency or cost, not " + word);
        return new Route(
                name,
                models,
                weights,
                choice,
                value(t, "may-leave", Boolean.class, false, where),
                Math.toIntExact(Math.clamp(value(t, "retries", Long.class, (long) Route.RETRIES, where), -1L, 1000L)),
                new Route.Times(
                        duration(t, "longest-wait", Route.Times.USUAL.longestWait(), where),
                        duration(t, "cool-down", Route.Times.USUAL.coolDown(), where),
                        duration(t, "connect", Route.Times.USUAL.connect(), where),
                        duration(t, "first-token", Route.Times.USUAL.firstToken(), where),
                        duration(t, "gap", Route.Times.USUAL.gap(), where),
                        duration(t, "hedge", Route.Times.USUAL.hedge(), where)),
                value(t, "run-again", Boolean.class, false, where));
    }

    /** The route of a name; a name without one is a model's own. */
    public Route of(String name) {
        Route route = routes.get(name);
        return route == null ? Route.direct(name) : route;
    }

    public Optional<Route> find(String name) {
        return Optional.ofNullable(routes.get(name));
    }

    private static List<?> list(TomlTable t, String key, String where) {
        Object value = t.get(List.of(key));
        if (value == null) return List.of();
        if (value instanceof TomlArray a) return a.toList();
        throw wrong(where, key + " must be a list");
    }

    private static <T> T value(TomlTable t, String key, Class<T> type, T otherwise, String where) {
        Object value = t.get(List.of(key));
        if (value == null) return otherwise;
        if (type.isInstance(value)) return type.cast(value);
        throw wrong(where, key + " cannot be " + value);
    }

    private static Duration duration(TomlTable t, String key, Duration otherwise, String where) {
        String text = value(t, key, String.class, "", where);
        if (text.isEmpty()) return otherwise;
        Matcher m = DURATION.matcher(text);
        if (!m.matches()) throw wrong(where, key + " is a time like 500ms, 20s or 5m, unlike " + text);
        long n = Long.parseLong(m.group(1));
        return switch (m.group(2)) {
            case "ms" -> Duration.ofMillis(n);
            case "s" -> Duration.ofSeconds(n);
            case "m" -> Duration.ofMinutes(n);
            default -> Duration.ofHours(n);
        };
    }

    private static DalangException wrong(String where, @Nullable String why) {
        return DalangException.invalidRequest(where + ": " + why, null);
    }
}
