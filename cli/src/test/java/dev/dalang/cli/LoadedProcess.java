package dev.dalang.cli;

import dev.dalang.api.Cancellation;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A process of its own that runs one command and then says how much memory it took at most. */
final class LoadedProcess {
    private LoadedProcess() {}

    public static void main(String[] args) throws Exception {
        Surroundings around = new Surroundings(
                new ByteArrayInputStream(new byte[0]),
                System.out,
                System.err,
                false,
                false,
                false,
                Map.of("DALANG_HOME", args[0]),
                new LocalModels(),
                java.util.Optional.empty(),
                new Cancellation());
        int code = Dalang.execute(around, java.util.Arrays.copyOfRange(args, 1, args.length));
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:") || line.startsWith("Rss")) System.out.println(line);
        }
        System.exit(code);
    }
}
