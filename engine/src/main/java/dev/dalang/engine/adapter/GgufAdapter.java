package dev.dalang.engine.adapter;

import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Adapters in GGUF files: {@code adapter.type} is {@code lora}, {@code adapter.lora.alpha} holds α, and every changed
 * tensor NAME has {@code NAME.lora_a} {@code [inputs, rank]} and {@code NAME.lora_b} {@code [rank, outputs]}, stacked
 * along a third dimension where NAME stacks experts. Rows are in the order of the base model's GGUF file.
 */
final class GgufAdapter {

    static final String A = ".lora_a";
    static final String B = ".lora_b";
    static final String ALPHA = "adapter.lora.alpha";

    private GgufAdapter() {}

    static void read(Path path, ModelSource base, AdapterBuilder builder) {
        try (Gguf file = Gguf.open(path)) {
            double alpha = alpha(file.metadata(), base, builder);
            for (TensorInfo t : file.tensors().values()) {
                if (t.name().endsWith(B)) {
                    partner(file, t, B, A, builder);
                } else if (t.name().endsWith(A)) {
                    add(file, t, partner(file, t, A, B, builder), alpha, builder);
                } else {
                    throw builder.unsupported(
                            t.name(), "is neither a " + A + " nor a " + B + "; adapters may hold nothing else");
                }
            }
        }
    }

    private static double alpha(Metadata metadata, ModelSource base, AdapterBuilder builder) {
        String type = metadata.string("general.type", "model");
        if (!type.equals("adapter")) {
            throw builder.bad("general.type", "is '" + type + "', not 'adapter': this file is no adapter");
        }
        String kind = metadata.string("adapter.type");
        if (!kind.equals("lora")) throw builder.unsupported("adapter.type", "is '" + kind + "'; only 'lora' is known");
        if (metadata.has("adapter.alora.invocation_tokens")) {
            throw builder.unsupported(
                    "adapter.alora.invocation_tokens", "asks for activated LoRA, which is not supported");
        }
        String family = metadata.string("general.architecture");
        String ours = base.metadata().string("general.architecture");
        if (!family.equals(ours)) {
            throw builder.bad(
                    "general.architecture",
                    "is '" + family + "', but the base model " + base.name() + " is '" + ours + "'");
        }
        return builder.alpha(metadata.real(ALPHA), ALPHA);
    }

    private static TensorInfo partner(Gguf file, TensorInfo t, String own, String other, AdapterBuilder builder) {
        String name = stem(t, own) + other;
        TensorInfo found = file.tensors().get(name);
        if (found == null) throw builder.bad(t.name(), "has no " + name + " beside it");
        return found;
    }

    private static String stem(TensorInfo t, String suffix) {
        return t.name().substring(0, t.name().length() - suffix.length());
    }

    private static void add(Gguf file, TensorInfo a, TensorInfo b, double alpha, AdapterBuilder builder) {
        String tensor = stem(a, A);
        int count = builder.target(tensor, a.name()).count();
        for (TensorInfo t : new TensorInfo[] {a, b}) {
            if (t.rank() > 3 || t.dim(2) != count) {
                throw builder.bad(t.name(), "has shape " + shape(t) + "; its third length must be " + count);
            }
        }
        for (int part = 0; part < count; part++) {
            builder.add(tensor, part, operand(file, a, part), operand(file, b, part), alpha, false);
        }
    }

    private static AdapterBuilder.Operand operand(Gguf file, TensorInfo t, int part) {
        MemorySegment data = file.data(t);
        long rows = t.dim(1);
        return new AdapterBuilder.Operand(
                t.name(),
                rows,
                t.rowLength(),
                (row, to) ->
                        t.type().dequantizer().dequantize(data, (part * rows + row) * t.rowBytes(), to, 0, to.length));
    }

    private static String shape(TensorInfo t) {
        return Arrays.toString(t.shape());
    }
}
