package dev.dalang.cli;

import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.ModelRunner;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang debug logits}: the model's raw output at every position. */
@Command(
        name = "logits",
        description = "Write the logits of every position: float32, little endian, [positions][vocabulary].")
final class DebugLogitsCommand implements Callable<Integer> {

    @Parameters(paramLabel = "MODEL", description = "The model.")
    @SuppressWarnings("NullAway.Init") // picocli's
    String model;

    @Option(names = "--tokens", required = true, paramLabel = "IDS", description = "Token ids, like 1,2,3.")
    @SuppressWarnings("NullAway.Init") // picocli's
    String tokens;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "Where to write.")
    @SuppressWarnings("NullAway.Init") // picocli's
    Path out;

    @Mixin
    ModelFlags flags = new ModelFlags();

    @Mixin
    AdapterFlags adapters = new AdapterFlags();

    private final Surroundings around;

    DebugLogitsCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        int[] ids = TokenIds.parse(tokens, "--tokens");
        Path folder = out.toAbsolutePath().getParent();
        if (Files.isDirectory(out) || (folder != null && !Files.isDirectory(folder))) {
            throw Errors.usage("--out: " + (Files.isDirectory(out) ? out + " is a folder" : folder + " is no folder"));
        }
        // For comparing with other engines: nothing is rounded that need not be.
        LoadOptions options =
                Engine.options(flags.options().withAdapters(adapters.scales().keySet()));
        if (flags.exact || flags.cacheType == null) options = options.withCacheType(BlockType.F32);
        ModelSource source = ModelFiles.open(ModelArgument.resolve(model, around.store()));
        try (ModelRunner runner = Engine.runner(source, options);
                Sequence sequence = runner.newSequence(runner.adapters(adapters.byName()))) {
            Engine.sayIfSlower(runner, around);
            write(runner, sequence, ids);
        }
        return ExitCode.DONE;
    }

    /** A file appears whole or not at all; what is no file (a device, a pipe) is written as it is. */
    private void write(ModelRunner runner, Sequence sequence, int[] ids) {
        boolean plain = !Files.exists(out) || Files.isRegularFile(out);
        Path written = plain ? out.resolveSibling(out.getFileName() + ".part") : out;
        try {
            try (OutputStream file = new BufferedOutputStream(Files.newOutputStream(written), 1 << 20)) {
                evaluate(runner, sequence, ids, file);
            }
            if (plain) Files.move(written, out, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw Errors.storage(e, out);
        } catch (UncheckedIOException e) {
            throw Errors.storage(Objects.requireNonNull(e.getCause()), out);
        } finally {
            if (plain) delete(written);
        }
    }

    private static void evaluate(ModelRunner runner, Sequence sequence, int[] ids, OutputStream file) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * runner.decoder().outputs()).order(ByteOrder.LITTLE_ENDIAN);
        runner.evaluateAll(sequence, ids, (index, row) -> {
            bytes.clear();
            for (float logit : row) bytes.putFloat(logit);
            try {
                file.write(bytes.array());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** What is left of a file that could not be written. */
    private static void delete(Path partial) {
        try {
            Files.deleteIfExists(partial);
        } catch (IOException e) {
            // Why it could not be written is what the user hears.
        }
    }
}
