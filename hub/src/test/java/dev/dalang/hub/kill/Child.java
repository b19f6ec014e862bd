package dev.dalang.hub.kill;

import dev.dalang.hub.fetch.Fetcher;
import dev.dalang.hub.fetch.Progress;
import dev.dalang.hub.fetch.SmallSegments;
import dev.dalang.hub.fetch.Source;
import dev.dalang.hub.store.Importer;
import dev.dalang.hub.store.Library;
import dev.dalang.hub.store.Store;
import dev.dalang.net.EgressLog;
import dev.dalang.net.Http;
import dev.dalang.net.NetSettings;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A process that works on a store: {@code pull SOURCE}, {@code import FILE NAME}, {@code rm NAME}, {@code cp FROM TO}, one
 * after the other, or again and again when the first word is {@code forever}. It says {@code ready} first.
 */
public final class Child {
    static final int SEGMENT_BYTES = 20_000;

    private Child() {}

    static Process start(Path home, Map<String, String> environment, List<String> words) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-cp",
                String.join(
                        File.pathSeparator,
                        System.getProperty("jdk.module.path", ""),
                        System.getProperty("java.class.path", ""),
                        Path.of("target/test-classes").toString()),
                Child.class.getName(),
                home.toString()));
        command.addAll(words);
        ProcessBuilder b = new ProcessBuilder(command).redirectErrorStream(true);
        b.environment().putAll(environment);
        return b.start();
    }

    public static void main(String[] args) throws Exception {
        Path home = Path.of(args[0]);
        Map<String, String> environment = System.getenv();
        Library library = new Library(home, Map.of());
        Store store = library.store();
        boolean forever = args[1].equals("forever");
        try (Http http = new Http(NetSettings.of(environment), new EgressLog(home.resolve("egress.jsonl")))) {
            Fetcher fetcher = SmallSegments.fetcher(http, library, environment, SEGMENT_BYTES);
            System.out.println("ready");
            do {
                for (int i = forever ? 2 : 1; i < args.length; ) {
                    switch (args[i]) {
                        case "pull" ->
                            fetcher.fetch(fetcher.plan(Source.parse(args[i + 1]).orElseThrow()), Progress.NONE);
                        case "import" -> new Importer(store).importFrom(Path.of(args[i + 1]), args[i + 2], n -> {});
                        case "rm" -> store.remove(args[i + 1]);
                        case "cp" -> store.copy(args[i + 1], args[i + 2]);
                        default -> throw new IllegalArgumentException(args[i]);
                    }
                    i += args[i].equals("pull") || args[i].equals("rm") ? 2 : 3;
                }
            } while (forever);
        }
        System.out.println("done");
    }
}
