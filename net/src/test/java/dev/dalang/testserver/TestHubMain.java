package dev.dalang.testserver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * The test hub, for trying commands by hand: {@code java -cp net/target/test-classes dev.dalang.testserver.TestHubMain
 * OWNER/REPO=LICENCE:FILE,FILE… …} prints the variables to export and serves until its input ends. Each repository is a model of the
 * registry too.
 */
public final class TestHubMain {
    private TestHubMain() {}

    public static void main(String[] args) throws IOException {
        try (TestHub hub = new TestHub()) {
            for (String arg : args) {
                String id = arg.substring(0, arg.indexOf('='));
                String licence = arg.substring(arg.indexOf('=') + 1, arg.indexOf(':'));
                Map<String, byte[]> files = new TreeMap<>();
                for (String file : arg.substring(arg.indexOf(':') + 1).split(",")) {
                    Path path = Path.of(file);
                    files.put(path.getFileName().toString(), Files.readAllBytes(path));
                    if (file.endsWith(".gguf")) {
                        hub.image(
                                id,
                                "latest",
                                "application/vnd.docker.ai.gguf.v3",
                                files.get(path.getFileName().toString()));
                    }
                }
                hub.repository(id, null, files).card(id, "{\"license\":\"" + licence + "\"}");
            }
            hub.environment().forEach((k, v) -> System.out.println("export " + k + "='" + v + "'"));
            System.out.println("# registry: oci://" + hub.registryHost() + "/OWNER/REPO");
            while (System.in.read() >= 0) continue;
        }
    }
}
