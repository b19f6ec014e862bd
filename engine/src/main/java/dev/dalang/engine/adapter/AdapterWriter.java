package dev.dalang.engine.adapter;

import dev.dalang.engine.format.AtomicFile;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Dtype;
import dev.dalang.engine.format.GgufWriter;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.SafetensorsWriter;
import dev.dalang.engine.format.TensorData;
import dev.dalang.engine.kernel.Floats;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A LoRA adapter on its way into files, in the two forms that {@link LoraAdapter#open} reads. Rows are in the order of
 * the base model's GGUF words; what a Hugging Face model has in another order is put into that for PEFT.
 *
 * @param alpha α: what is added to a matrix is α / rank · B·A
 */
public record AdapterWriter(ModelSource base, List<Pair> pairs, int rank, double alpha) {

    /**
     * What is added to one matrix.
     *
     * @param tensor its name, {@code blk.0.attn_q.weight}
     * @param a {@code [rank][inputs]}
     * @param b {@code [outputs][rank]}
     */
    public record Pair(String tensor, Floats a, Floats b) {}

    /** @throws IllegalArgumentException if a pair is not of this rank, or there is none */
    public AdapterWriter {
        pairs = List.copyOf(pairs);
        if (pairs.isEmpty() || rank < 1) throw new IllegalArgumentException("no pairs, or rank " + rank);
        for (Pair p : pairs) {
            if (p.a.length() % rank != 0 || p.b.length() % rank != 0) {
                throw new IllegalArgumentException(p.tensor + " is not of rank " + rank);
            }
        }
    }

    private String family() {
        return base.metadata().string("general.architecture");
    }

    /**
     * Writes a GGUF file.
     *
     * @param metadata further keys: name, licence, base model
     */
    public void gguf(Path file, Map<String, Metadata.Value> metadata) {
        GgufWriter writer = new GgufWriter();
        writer.put("general.type", "adapter").put("general.architecture", family());
        metadata.forEach(writer::put);
        writer.put("adapter.type", "lora").put(GgufAdapter.ALPHA, (float) alpha);
        for (Pair p : pairs) {
            long[] a = {p.a.length() / rank, rank};
            long[] b = {rank, p.b.length() / rank};
            writer.tensor(p.tensor + GgufAdapter.A, BlockType.F32, a, rows(p.a, IntUnaryOperator.identity()));
            writer.tensor(p.tensor + GgufAdapter.B, BlockType.F32, b, rows(p.b, IntUnaryOperator.identity()));
        }
        writer.write(file);
    }

    /** Why there can be no PEFT folder for this base model, or null where there can. */
    public @Nullable String noPeft() {
        if (!PeftNames.know(family())) return "the names of Hugging Face's modules are not known for " + family();
        PeftNames names = names("");
        for (Pair p : pairs)
            if (names.module(p.tensor) == null) return p.tensor + " has no name in Hugging Face's model";
        return null;
    }

    private PeftNames names(String file) {
        return new PeftNames(base, new AdapterBuilder(file, base, Map.of()));
    }

    /**
     * Writes {@code adapter_config.json} and {@code adapter_model.safetensors} into a folder that exists.
     *
     * @param baseName what PEFT is told that the base model is called
     * @param dropout that it was trained with
     * @param metadata free words for the head of the safetensors file
     * @throws IllegalStateException where {@link #noPeft} has an objection
     */
    public void peft(Path folder, String baseName, double dropout, Map<String, String> metadata) {
        PeftNames names = names(folder.toString());
        SafetensorsWriter writer = new SafetensorsWriter().put("format", "pt");
        metadata.forEach(writer::put);
        Set<String> modules = new TreeSet<>();
        for (Pair p : pairs) {
            String module = names.module(p.tensor);
            if (module == null) throw new IllegalStateException(p.tensor);
            modules.add(module.substring(module.lastIndexOf('.') + 1));
            int heads = names.place(module, p.tensor).heads();
            int outputs = p.b.length() / rank;
            String name = PeftAdapter.PREFIX + module;
            writer.tensor(
                    name + PeftAdapter.A,
                    Dtype.F32,
                    new long[] {rank, p.a.length() / rank},
                    rows(p.a, IntUnaryOperator.identity()));
            writer.tensor(
                    name + PeftAdapter.B,
                    Dtype.F32,
                    new long[] {outputs, rank},
                    rows(p.b, heads == 0 ? IntUnaryOperator.identity() : unpaired(outputs, outputs / heads)));
        }
        writer.write(folder.resolve(PeftAdapter.WEIGHTS));
        byte[] config = config(baseName, dropout, modules);
        AtomicFile.write(folder.resolve(PeftAdapter.CONFIG), out -> out.write(config));
    }

    /** From a row of the Hugging Face model to that of the GGUF file: the inverse of {@link PeftNames#paired}. */
    private static IntUnaryOperator unpaired(int rows, int head) {
        int[] source = new int[rows];
        IntUnaryOperator paired = PeftNames.paired(head);
        IntStream.range(0, rows).forEach(row -> source[paired.applyAsInt(row)] = row);
        return row -> source[row];
    }

    /** The values in runs of {@link #rank}, the runs in the order of {@code source}. */
    private TensorData rows(Floats values, IntUnaryOperator source) {
        return out -> {
            float[] row = new float[rank];
            ByteBuffer bytes = ByteBuffer.allocate(4 * rank).order(ByteOrder.LITTLE_ENDIAN);
            for (int r = 0; r < values.length() / rank; r++) {
                values.get(source.applyAsInt(r) * rank, row, 0, rank);
                bytes.asFloatBuffer().put(row);
                out.write(bytes.array());
            }
        };
    }

    private byte[] config(String baseName, double dropout, Set<String> modules) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), bytes)) {
            json.writeStartObject();
            json.writeStringProperty("peft_type", "LORA");
            json.writeStringProperty("task_type", "CAUSAL_LM");
            json.writeStringProperty("base_model_name_or_path", baseName);
            json.writeNumberProperty("r", rank);
            json.writeName("lora_alpha");
            if (alpha == Math.rint(alpha)) json.writeNumber((long) alpha);
            else json.writeNumber(alpha);
            json.writeNumberProperty("lora_dropout", dropout);
            json.writeStringProperty("bias", "none");
            json.writeBooleanProperty("fan_in_fan_out", false);
            json.writeBooleanProperty("inference_mode", true);
            json.writeBooleanProperty("init_lora_weights", true);
            json.writeBooleanProperty("use_rslora", false);
            json.writeName("target_modules");
            json.writeStartArray();
            for (String module : modules) json.writeString(module);
            json.writeEndArray();
            json.writeEndObject();
        }
        return bytes.toByteArray();
    }
}
