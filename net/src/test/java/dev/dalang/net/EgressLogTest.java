package dev.dalang.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EgressLogTest {

    private static final Pattern ID = Pattern.compile("\"id\":\"([^\"]+)\"");

    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve("egress.jsonl");
    }

    @Test
    void aFullFileIsMovedAndTheOldestGoes() throws IOException {
        EgressLog log = new EgressLog(file(), 400, 2);
        for (int i = 0; i < 40; i++) log.write("open", "r" + i, Map.of());
        List<Path> files = LogRotation.files(file(), 2);
        assertThat(files).containsExactly(folder.resolve("egress.jsonl.2"), folder.resolve("egress.jsonl.1"), file());
        List<String> ids = new ArrayList<>();
        for (Path f : files) {
            assertThat(Files.size(f)).isBetween(1L, 400L);
            ids.addAll(ids(f));
        }
        // The last ones, without a hole.
        assertThat(ids).hasSizeGreaterThan(10);
        for (int i = 0; i < ids.size(); i++) assertThat(ids.get(i)).isEqualTo("r" + (40 - ids.size() + i));
        assertThat(folder.resolve("egress.jsonl.3")).doesNotExist();
    }

    @Test
    void aLineLongerThanTheFileMayBeIsWrittenAllTheSame() throws IOException {
        EgressLog log = new EgressLog(file(), 10, 1);
        log.write("open", "a", Map.of());
        log.write("open", "b", Map.of());
        assertThat(ids(file())).containsExactly("b");
        assertThat(ids(folder.resolve("egress.jsonl.1"))).containsExactly("a");
    }

    /** Logs of one file by several hands, as several processes are. */
    @Test
    void nothingIsLostWhileSeveralWriteAndMove() throws Exception {
        int each = 200;
        List<Thread> writers = new ArrayList<>();
        Set<Throwable> problems = java.util.concurrent.ConcurrentHashMap.newKeySet();
        for (int w = 0; w < 4; w++) {
            String name = "w" + w + "-";
            EgressLog log = new EgressLog(file(), 4_000, 100);
            writers.add(Thread.ofPlatform().start(() -> {
                try {
                    for (int i = 0; i < each; i++) log.write("open", name + i, Map.of());
                } catch (IOException | RuntimeException e) {
                    problems.add(e);
                }
            }));
        }
        for (Thread t : writers) t.join();
        assertThat(problems).isEmpty();
        Set<String> ids = new HashSet<>();
        for (Path f : LogRotation.files(file(), 100)) ids.addAll(ids(f));
        assertThat(ids).hasSize(4 * each);
    }

    private static List<String> ids(Path file) throws IOException {
        List<String> ids = new ArrayList<>();
        Matcher m = ID.matcher(Files.readString(file));
        while (m.find()) ids.add(m.group(1));
        return ids;
    }
}
