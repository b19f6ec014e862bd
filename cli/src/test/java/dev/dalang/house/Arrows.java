package dev.dalang.house;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Who may lean on whom, as a table, and the check of classes against it.
 *
 * @param root the package that all rooms lie in
 * @param rooms a room may lean only on rooms that stand above it, so there can be no cycle
 */
record Arrows(String root, List<Room> rooms) {

    private static final String ENGINE_LIBRARY = "tools.jackson.core";

    private static final Set<String> EVERYTHING = Set.of(
            "api",
            "gateway.meter",
            "gateway.price",
            "gateway.provider",
            "gateway.route",
            "hub.catalogue",
            "hub.fetch",
            "hub.fit",
            "hub.json",
            "hub.licence",
            "hub.pull",
            "hub.store",
            "hub.trust",
            "ledger",
            "mini",
            "net",
            "server",
            "server.anthropic",
            "server.batches",
            "server.guard",
            "server.http",
            "server.llamacpp",
            "server.metrics",
            "server.ollama",
            "server.openai",
            "server.preset",
            "server.responses",
            "server.trace",
            "server.web",
            "train.chat",
            "train.data",
            "train.export",
            "train.graph",
            "train.loop",
            "train.recipe",
            "train.report",
            "train.tokenizer",
            "train.tune",
            "trust.policy",
            "trust.redact",
            "engine.adapter",
            "engine.arch",
            "engine.assembler",
            "engine.cache",
            "engine.constrain",
            "engine.format",
            "engine.generate",
            "engine.kernel",
            "engine.manage",
            "engine.reply",
            "engine.sample",
            "engine.template",
            "engine.text",
            "engine.tokenizer");

    /** The table of ARCHITECTURE.md. A new room gets its row here first. */
    static final List<Room> HOUSE = List.of(
            new Room("api", Set.of(), Set.of()),
            engine("format"),
            engine("text"),
            engine("tokenizer", "engine.format"),
            engine("template", "engine.format", "engine.tokenizer"),
            engine("reply", "engine.text"),
            engine("sample", "engine.format", "engine.text"),
            engine("constrain", "engine.sample"),
            engine("assembler"),
            engine("kernel", "engine.assembler", "engine.format"),
            engine("adapter", "engine.format", "engine.kernel"),
            engine("cache", "engine.adapter", "engine.format", "engine.kernel"),
            engine("arch", "engine.adapter", "engine.cache", "engine.format", "engine.kernel"),
            engine(
                    "generate",
                    "engine.adapter",
                    "engine.arch",
                    "engine.cache",
                    "engine.constrain",
                    "engine.format",
                    "engine.kernel",
                    "engine.reply",
                    "engine.sample",
                    "engine.template",
                    "engine.text",
                    "engine.tokenizer"),
            engine("manage", "engine.generate"),
            new Room("net", Set.of(), Set.of("java.net.http", "javax.net.ssl")),
            new Room(
                    "ledger",
                    Set.of("api"),
                    Set.of(
                            "java.sql",
                            "javax.sql",
                            "com.zaxxer.hikari",
                            "org.flywaydb.core",
                            "org.jdbi.v3.core",
                            "org.postgresql",
                            "org.sqlite",
                            ENGINE_LIBRARY)),
            hub("json"),
            hub("store", "engine.format", "hub.json"),
            hub("fetch", "hub.json", "hub.store", "net"),
            hub("catalogue", "hub.json"),
            hub("licence", "engine.format", "hub.catalogue", "hub.json", "ledger"),
            hub("fit", "engine.format", "hub.catalogue", "hub.json"),
            hub("pull", "hub.catalogue", "hub.fetch", "hub.store", "ledger"),
            hub("trust", "engine.format", "hub.catalogue"),
            gateway("provider", "net").with("javax.crypto"),
            new Room("trust.redact", Set.of("api"), Set.of("com.google.i18n.phonenumbers")),
            new Room("trust.policy", Set.of("api", "trust.redact"), Set.of("org.tomlj")),
            gateway("price", "ledger"),
            gateway("meter", "gateway.price", "ledger", "net"),
            gateway("route", "gateway.meter", "gateway.price", "gateway.provider", "ledger")
                    .with("io.github.resilience4j")
                    .with("org.tomlj"),
            train("graph"),
            train("tokenizer"),
            train("data", "train.graph"),
            train("chat", "train.data", "train.graph"),
            train("loop", "train.data", "train.graph"),
            train("report", "train.loop"),
            train("export", "train.graph"),
            train(
                            "recipe",
                            "train.chat",
                            "train.data",
                            "train.export",
                            "train.graph",
                            "train.loop",
                            "train.report",
                            "train.tokenizer")
                    .with("org.tomlj"),
            train("tune", "train.chat", "train.data", "train.export", "train.graph", "train.loop", "train.report"),
            train(
                            "",
                            "train.chat",
                            "train.data",
                            "train.export",
                            "train.graph",
                            "train.loop",
                            "train.recipe",
                            "train.report",
                            "train.tokenizer",
                            "train.tune")
                    .named("mini"),
            new Room("server.guard", Set.of("api", "ledger"), Set.of()),
            new Room(
                    "server.http",
                    Set.of("api", "server.guard"),
                    Set.of("io.helidon", ENGINE_LIBRARY, "tools.jackson.databind", "javax.net.ssl")),
            new Room(
                    "server.metrics",
                    Set.of("api", "engine.generate", "server.guard", "server.http"),
                    Set.of("io.micrometer")),
            new Room(
                    "server.trace",
                    Set.of("api", "net", "server.guard", "server.http"),
                    Set.of("io.opentelemetry", "tools.jackson.databind")),
            dialect("preset", "hub.store"),
            // The dialects' rows follow: they lean on this, which knows none of them.
            new Room(
                    "server",
                    Set.of(
                            "api",
                            "engine.arch",
                            "engine.format",
                            "engine.generate",
                            "engine.manage",
                            "hub.store",
                            "server.guard",
                            "server.http",
                            "server.preset"),
                    Set.of("tools.jackson.databind")),
            dialect("anthropic", "server"),
            dialect("openai", "engine.generate", "engine.tokenizer", "server", "server.anthropic"),
            dialect(
                    "ollama",
                    "engine.format",
                    "engine.generate",
                    "engine.manage",
                    "engine.template",
                    "engine.tokenizer",
                    "hub.fetch",
                    "hub.pull",
                    "hub.store",
                    "server",
                    "server.preset"),
            dialect(
                    "llamacpp",
                    "engine.format",
                    "engine.generate",
                    "engine.manage",
                    "engine.tokenizer",
                    "server",
                    "server.openai"),
            dialect("responses", "ledger", "server", "server.openai"),
            dialect("batches", "ledger", "server", "server.openai", "server.responses")
                    .with("org.apache.commons.fileupload2"),
            dialect(
                            "web",
                            "engine.arch",
                            "engine.cache",
                            "engine.format",
                            "engine.generate",
                            "engine.kernel",
                            "engine.manage",
                            "engine.tokenizer",
                            "ledger",
                            "server")
                    .with("java.lang.management"),
            new Room(
                    "bench",
                    EVERYTHING,
                    Set.of("org.openjdk.jmh", "java.net.http", "picocli", "tools.jackson.databind")),
            new Room(
                    "cli",
                    EVERYTHING,
                    Set.of(
                            ENGINE_LIBRARY,
                            "tools.jackson",
                            "picocli",
                            "org.jline",
                            "com.sun.management",
                            "javax.net.ssl")));

    /** What a room may touch only if its row says so: logging frameworks, databases, the network, the JDK's unsafe corners. */
    private static final Set<String> RESERVED =
            Set.of("java.util.logging", "org.slf4j", "java.sql", "java.net.http", "sun.misc");

    /** Not libraries: they print and exit. */
    private static final Set<String> PROGRAMS = Set.of("bench", "cli");

    /** @param name package below the root; {@code rooms} and {@code libraries} (package prefixes) it may lean on */
    record Room(String name, Set<String> rooms, Set<String> libraries) {
        Room named(String other) {
            return new Room(other, rooms, libraries);
        }

        Room with(String library) {
            Set<String> more = new HashSet<>(libraries);
            more.add(library);
            return new Room(name, rooms, more);
        }
    }

    /** A package of the server, over its HTTP. */
    private static Room dialect(String name, String... rooms) {
        Set<String> may = new HashSet<>(Set.of(rooms));
        may.addAll(Set.of("api", "server.guard", "server.http"));
        return new Room("server." + name, may, Set.of("tools.jackson.databind"));
    }

    private static Room engine(String name, String... rooms) {
        Set<String> may = new HashSet<>(Set.of(rooms));
        may.add("api");
        return new Room("engine." + name, may, Set.of(ENGINE_LIBRARY));
    }

    /** Whatever trains may use the whole engine. */
    private static Room train(String name, String... rooms) {
        Set<String> may = new HashSet<>(Set.of(rooms));
        may.add("api");
        for (String room : EVERYTHING) if (room.startsWith("engine.")) may.add(room);
        return new Room("train." + name, may, Set.of(ENGINE_LIBRARY, "jdk.incubator.vector"));
    }

    private static Room hub(String name, String... rooms) {
        Set<String> may = new HashSet<>(Set.of(rooms));
        may.add("api");
        return new Room("hub." + name, may, Set.of(ENGINE_LIBRARY));
    }

    private static Room gateway(String name, String... rooms) {
        Set<String> may = new HashSet<>(Set.of(rooms));
        may.add("api");
        return new Room("gateway." + name, may, Set.of("tools.jackson"));
    }

    /** One line for each thing that the table does not allow; empty when the classes keep to it. */
    List<String> violations(JavaClasses classes) {
        List<String> found = new ArrayList<>();
        for (JavaClass c : classes) {
            if (c.getSimpleName().equals("module-info") || c.getSimpleName().equals("package-info")) continue;
            Room room = roomOf(c);
            if (room == null) {
                found.add(c.getName() + " lies in no room of the table");
                continue;
            }
            for (Dependency d : c.getDirectDependenciesFromSelf()) check(room, d, found);
            if (!PROGRAMS.contains(room.name())) checkQuiet(c, found);
        }
        return found.stream().distinct().sorted().toList();
    }

    private void check(Room room, Dependency d, List<String> found) {
        JavaClass target = d.getTargetClass().getBaseComponentType();
        if (target.isPrimitive()) return;
        String name = target.getName();
        if (within(name, root)) {
            Room to = roomOf(target);
            if (to != null && (to == room || room.rooms().contains(to.name()))) return;
        } else if (room.libraries().stream().anyMatch(p -> within(name, p))
                || RESERVED.stream().noneMatch(p -> within(name, p))
                        && (within(name, "java")
                                || within(name, "jdk.incubator.vector")
                                || within(name, "org.jspecify"))) {
            return;
        }
        found.add(room.name() + " may not lean on " + name + ": "
                + d.getOriginClass().getName());
    }

    /** A library says what it has to say through its results, exceptions and System.Logger, and leaves exit to others. */
    private static void checkQuiet(JavaClass c, List<String> found) {
        c.getFieldAccessesFromSelf().stream()
                .filter(a -> a.getTargetOwner().isEquivalentTo(System.class))
                .filter(a -> Set.of("out", "err").contains(a.getTarget().getName()))
                .forEach(a ->
                        found.add(c.getName() + " uses System." + a.getTarget().getName()));
        c.getMethodCallsFromSelf().stream()
                .filter(m -> m.getTargetOwner().isEquivalentTo(System.class)
                                && m.getTarget().getName().equals("exit")
                        || m.getTarget().getName().equals("printStackTrace"))
                .forEach(m -> found.add(c.getName() + " calls " + m.getTarget().getName()));
    }

    /** The most particular one: a room may lie inside another. */
    private Room roomOf(JavaClass c) {
        Room found = null;
        for (Room room : rooms) {
            boolean fits = within(c.getName(), root + "." + room.name());
            if (fits && (found == null || room.name().length() > found.name().length())) found = room;
        }
        return found;
    }

    private static boolean within(String className, String packagePrefix) {
        return className.startsWith(packagePrefix + ".");
    }
}
