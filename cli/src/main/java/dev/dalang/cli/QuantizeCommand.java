package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelQuantizer;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.Quantization;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.generate.ModelSources;
import dev.dalang.hub.store.InstalledModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang quantize}: a model as a smaller GGUF file. */
@Command(name = "quantize", description = "Write a model as a GGUF file of another, usually smaller, type.")
final class QuantizeCommand implements Callable<Integer> {

    private static final Pattern PART = Pattern.compile("(.*)-\\d{5}-of-\\d{5}\\.gguf");

    @Parameters(paramLabel = "SOURCE", description = "The model: a .gguf file or a folder of safetensors.")
    @SuppressWarnings("NullAway.Init") // picocli's
    String source;

    @Parameters(paramLabel = "TARGET", description = "The .gguf file to write.")
    @SuppressWarnings("NullAway.Init") // picocli's
    Path target;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "Q8_0, Q6_K, Q5_K_M, Q4_K_M, Q4_0, IQ4_XS, MXFP4, BF16, … Default: Q4_K_M.")
    String type = Quantization.Q4_K_M.name();

    @Option(
            names = {"-f", "--force"},
            description = "Replace TARGET if it exists.")
    boolean force;

    @Option(
            names = "--allow-requantize",
            description = "Take tensors too that are quantised already; the result is worse than from the original.")
    boolean allowRequantize;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "Threads to compute on.")
    @Nullable
    Integer threads;

    @Option(names = "--json", description = "A report as JSON.")
    boolean json;

    private final Surroundings around;

    QuantizeCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() throws IOException {
        Quantization quantization = Quantization.ofName(type);
        if (threads != null && (threads < 1 || threads > 1024)) {
            throw Errors.usage("--threads must be 1 to 1024, not " + threads);
        }
        int count = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        Path path = ModelArgument.resolve(source, around.store());
        refuseToOverwrite(path);
        long start = System.nanoTime();
        try (ModelSource model = ModelFiles.open(path)) {
            ModelQuantizer quantizer = new ModelQuantizer(model, quantization);
            if (allowRequantize) quantizer.allowRequantize();
            InstalledModel installed = around.store().find(source).orElse(null);
            Metadata metadata = new InstalledLicences(new CatalogueAccess(around))
                    .carried(path, installed, ModelSources.portableMetadata(model));
            quantizer.write(target, metadata, count, this::progress, around.interrupt());
            report(model, quantizer, quantization, (System.nanoTime() - start) / 1e9);
        }
        return ExitCode.DONE;
    }

    private void refuseToOverwrite(Path path) throws IOException {
        if (!Files.exists(target)) return;
        if (Files.isSameFile(path, target)) throw Errors.usage("SOURCE and TARGET are the same file");
        if (isPartOf(path)) throw Errors.usage("TARGET is one of SOURCE's files");
        if (force && Files.isRegularFile(target)) return;
        String advice = Files.isRegularFile(target) ? "; --force replaces it" : " and is not a file";
        throw new DalangException(new Failure.Storage(target + " exists" + advice, target.toString()));
    }

    /** Whether the target is a file of a folder that is read, or another part of a model in several files. */
    private boolean isPartOf(Path path) throws IOException {
        Path folder = target.toAbsolutePath().getParent();
        Path sources = Files.isDirectory(path) ? path : path.toAbsolutePath().getParent();
        if (folder == null || sources == null || !Files.isSameFile(folder, sources)) return false;
        String name = String.valueOf(target.getFileName());
        if (Files.isDirectory(path)) return !name.endsWith(".gguf");
        Matcher part = PART.matcher(String.valueOf(path.getFileName()));
        Matcher other = PART.matcher(name);
        return part.matches() && other.matches() && part.group(1).equals(other.group(1));
    }

    private void progress(int index, int count, TensorInfo tensor, BlockType to) {
        if (json) return;
        String change = to == tensor.type() ? "%s".formatted(to) : "%s -> %s".formatted(tensor.type(), to);
        around.err()
                .println(Text.format(
                        "[%d/%d] %s %s %s",
                        index + 1, count, Text.oneLine(tensor.name()), Arrays.toString(tensor.shape()), change));
        around.err().flush();
    }

    private void report(ModelSource model, ModelQuantizer quantizer, Quantization quantization, double seconds) {
        long before = ModelFiles.tensorBytes(model);
        long after = quantizer.tensorBytes();
        double bits = 8.0 * after / Math.max(1, ModelFiles.parameters(model));
        if (json) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("file", target.toString());
            fields.put("type", quantization.name());
            fields.put("tensor_bytes_before", before);
            fields.put("tensor_bytes", after);
            fields.put("bits_per_weight", bits);
            fields.put("seconds", seconds);
            around.out().println(Json.pretty(fields));
        } else {
            around.out()
                    .println(Text.format(
                            "%s: %s, %s from %s, %.2f bits per weight, %.1f s",
                            Text.oneLine(target.toString()),
                            quantization,
                            Text.bytes(after),
                            Text.bytes(before),
                            bits,
                            seconds));
        }
    }
}
