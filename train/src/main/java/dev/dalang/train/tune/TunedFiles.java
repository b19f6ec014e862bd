package dev.dalang.train.tune;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.adapter.AdapterWriter;
import dev.dalang.engine.format.AtomicFile;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelQuantizer;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.Quantization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is left of tuning on the disk: the adapter in both forms with its card, and the merged model. */
public final class TunedFiles {

    /** The adapter as a GGUF file, in the folder that is a PEFT adapter. */
    public static final String GGUF = "adapter.gguf";

    private static final String CARD = "README.md";

    private TunedFiles() {}

    /**
     * Writes the adapter into a folder, made if it is missing.
     *
     * @return why there is no PEFT adapter in it, or null
     * @throws DalangException (storage) if something cannot be written
     */
    public static @Nullable String adapter(
            Path folder,
            AdapterWriter adapter,
            Provenance from,
            TuneSettings settings,
            TunePlan plan,
            TuneResult result) {
        make(folder);
        adapter.gguf(folder.resolve(GGUF), from.metadata());
        String noPeft = adapter.noPeft();
        if (noPeft == null) {
            Map<String, String> keys = new LinkedHashMap<>();
            keys.put("base_model", from.base());
            keys.put("base_model_digest", from.digest());
            if (!from.licences().isEmpty()) keys.put("license", String.join(" + ", from.licences()));
            adapter.peft(folder, from.base(), settings.dropout(), keys);
        }
        byte[] card = card(from, settings, plan, result).getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(folder.resolve(CARD), out -> out.write(card));
        return noPeft;
    }

    private static void make(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new DalangException(
                    new Failure.Storage(folder + ": cannot be made: " + e.getMessage(), folder.toString()), e);
        }
    }

    /** In the words of Hugging Face's cards, so that the licence stays with it. */
    private static String card(Provenance from, TuneSettings settings, TunePlan plan, TuneResult result) {
        List<String> lines = new ArrayList<>();
        lines.add("---");
        if (!from.licences().isEmpty())
            lines.add("license: " + yaml(from.licences().getFirst()));
        lines.add("base_model: " + yaml(from.base()));
        lines.add("library_name: peft");
        lines.add("---");
        lines.add("");
        lines.add("# " + from.name());
        lines.add("");
        lines.add("A low-rank adapter (LoRA) for %s (%s).".formatted(from.base(), from.digest()));
        lines.add("");
        lines.add("- learned from %d %s, measured with %d others"
                .formatted(plan.examples(), plan.preferences() ? "preferences (DPO)" : "examples", plan.validation()));
        lines.add(String.format(
                Locale.ROOT,
                "- rank %d, alpha %s, dropout %s, on %d matrices: %d numbers",
                settings.rank(),
                settings.alpha(),
                settings.dropout(),
                plan.matrices(),
                plan.parameters()));
        lines.add(String.format(
                Locale.ROOT,
                "- %d of %d steps, learning rate %.3g, seed %d",
                result.ended().step(),
                plan.steps(),
                plan.rate(),
                settings.seed()));
        if (!Double.isNaN(result.after())) {
            lines.add(String.format(
                    Locale.ROOT,
                    "- perplexity of the others: %.4g before, %.4g after",
                    result.before(),
                    result.after()));
        }
        if (!from.terms().isEmpty()) {
            lines.add("");
            lines.add("## What the licence of the base model asks");
            lines.add("");
            for (String term : from.terms()) lines.add("- " + term);
        }
        lines.add("");
        return String.join("\n", lines);
    }

    /** A plain scalar of one line. */
    private static String yaml(String s) {
        String line = s.replaceAll("\\p{Cntrl}", " ");
        return line.matches("[A-Za-z0-9][A-Za-z0-9 ._/-]*") ? line : "\"" + line.replaceAll("[\\\\\"]", "_") + "\"";
    }

    /**
     * Writes the model with the adapter in it: added in 32 bits, then stored in the types that the model's tensors had,
     * or in those of another quantisation.
     *
     * @param metadata of a GGUF file of the base model, licences included
     * @throws DalangException (unsupported) if a type is only read here, (storage) if it does not fit the disk
     * @throws java.util.concurrent.CancellationException if it was told to stop; nothing is left
     */
    public static void merged(
            Path file,
            ModelSource base,
            AdapterWriter adapter,
            @Nullable Quantization type,
            Metadata metadata,
            Provenance from,
            int threads,
            ModelQuantizer.Progress progress,
            Cancellation cancellation) {
        ModelQuantizer quantizer = type == null ? new ModelQuantizer(base) : new ModelQuantizer(base, type);
        Map<String, Metadata.Value> keys = new LinkedHashMap<>(metadata.asMap());
        // Where the base model came from in its turn is said by its own file; its licences are carried on.
        keys.keySet().removeIf(k -> k.startsWith("general.base_model."));
        keys.putAll(from.metadata());
        quantizer
                .changing(new Merge(adapter))
                .write(file, new Metadata(metadata.file(), keys), threads, progress, cancellation);
    }

    /**
     * Whether the adapter can be merged into a file of this type, asked before any work.
     *
     * @throws DalangException (unsupported) if not
     */
    public static void checkMerge(ModelSource base, AdapterWriter adapter, @Nullable Quantization type) {
        ModelQuantizer quantizer = type == null ? new ModelQuantizer(base) : new ModelQuantizer(base, type);
        quantizer.changing(new Merge(adapter));
    }
}
