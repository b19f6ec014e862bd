package dev.dalang.engine.arch;

import dev.dalang.engine.adapter.AdapterTarget;
import dev.dalang.engine.format.Dtype;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.format.GgufWriter;
import dev.dalang.engine.format.SafetensorsWriter;
import dev.dalang.engine.format.TensorData;
import dev.dalang.engine.format.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/** An adapter with seeded random weights for any model, in every form that it can have. */
final class SeededAdapter {

    /** Per part: {@code a[rank][inputs]}, {@code b[outputs][rank]}, row-major; rows as in the model's GGUF file. */
    private record Pair(AdapterTarget target, float[][] a, float[][] b) {}

    private final Path model;
    private final String architecture;
    private final int rank;
    private final float alpha;
    private final Map<String, Pair> pairs = new TreeMap<>();

    SeededAdapter(Path model, Collection<String> tensors, int rank, float alpha, long seed) {
        this.model = model;
        this.rank = rank;
        this.alpha = alpha;
        Random random = new Random(seed);
        try (Gguf file = Gguf.open(model)) {
            architecture = file.metadata().string("general.architecture");
            Map<String, AdapterTarget> targets = Families.assemble(file, 0).adaptable();
            for (String name : new TreeSet<>(tensors)) {
                AdapterTarget t = targets.get(name);
                float[][] a = new float[t.count()][];
                float[][] b = new float[t.count()][];
                for (int part = 0; part < t.count(); part++) {
                    a[part] = uniform(random, rank * t.inputs(), (float) (1 / Math.sqrt(t.inputs())));
                    b[part] = uniform(random, t.outputs() * rank, 0.5f);
                }
                pairs.put(name, new Pair(t, a, b));
            }
        }
    }

    /** Every matrix of the model that adapters can change and that its file holds under that name. */
    static Collection<String> everything(Path model) {
        try (Gguf file = Gguf.open(model)) {
            Collection<String> names =
                    new TreeSet<>(Families.assemble(file, 0).adaptable().keySet());
            names.retainAll(file.tensors().keySet());
            return names;
        }
    }

    private static float[] uniform(Random random, int count, float size) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (2 * random.nextFloat() - 1) * size;
        return values;
    }

    Path gguf(Path file) {
        GgufWriter writer = new GgufWriter()
                .put("general.type", "adapter")
                .put("general.architecture", architecture)
                .put("adapter.type", "lora")
                .put("adapter.lora.alpha", alpha);
        pairs.forEach((name, p) -> {
            long count = p.target.count();
            long[] a = {p.target.inputs(), rank, count};
            long[] b = {rank, p.target.outputs(), count};
            writer.tensor(name + ".lora_a", joined(p.a), count == 1 ? new long[] {a[0], a[1]} : a);
            writer.tensor(name + ".lora_b", joined(p.b), count == 1 ? new long[] {b[0], b[1]} : b);
        });
        writer.write(file);
        return file;
    }

    private static float[] joined(float[][] parts) {
        int length = 0;
        for (float[] part : parts) length += part.length;
        float[] all = new float[length];
        int at = 0;
        for (float[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    /** As PEFT writes it, under Hugging Face's names. */
    Path peft(Path folder, String config) throws IOException {
        Files.createDirectories(folder);
        SafetensorsWriter writer = new SafetensorsWriter();
        pairs.forEach((name, p) -> {
            for (int part = 0; part < p.target.count(); part++) {
                String module = "base_model.model." + module(name, part);
                float[] b = reordered(name) ? unpaired(name, p.b[part]) : p.b[part];
                writer.tensor(
                        module + ".lora_A.weight",
                        Dtype.F32,
                        new long[] {rank, p.target.inputs()},
                        TensorData.of(p.a[part]));
                writer.tensor(
                        module + ".lora_B.weight", Dtype.F32, new long[] {p.target.outputs(), rank}, TensorData.of(b));
            }
        });
        writer.write(folder.resolve("adapter_model.safetensors"));
        Files.writeString(folder.resolve("adapter_config.json"), config);
        return folder;
    }

    private static String module(String tensor, int part) {
        String[] name = tensor.split("\\.");
        if (name[0].equals("output")) return "lm_head";
        String layer = "model.layers." + name[1] + ".";
        return layer
                + switch (name[2]) {
                    case "attn_q" -> "self_attn.q_proj";
                    case "attn_k" -> "self_attn.k_proj";
                    case "attn_v" -> "self_attn.v_proj";
                    case "attn_output" -> "self_attn.o_proj";
                    case "ffn_gate" -> "mlp.gate_proj";
                    case "ffn_up" -> "mlp.up_proj";
                    case "ffn_down" -> "mlp.down_proj";
                    case "ffn_gate_inp" -> "mlp.gate";
                    case "ffn_gate_exps" -> "mlp.experts." + part + ".gate_proj";
                    case "ffn_up_exps" -> "mlp.experts." + part + ".up_proj";
                    case "ffn_down_exps" -> "mlp.experts." + part + ".down_proj";
                    default -> throw new IllegalArgumentException(tensor);
                };
    }

    private boolean reordered(String tensor) {
        return (architecture.equals("llama") || architecture.equals("granite"))
                && (tensor.contains("attn_q.") || tensor.contains("attn_k."));
    }

    /** From adjacent pairs to pairs half a head apart, head by head: [pair][side] becomes [side][pair]. */
    private float[] unpaired(String tensor, float[] b) {
        int heads;
        try (Gguf file = Gguf.open(model)) {
            String key = tensor.contains("attn_q.") ? "head_count" : "head_count_kv";
            heads = (int) file.metadata().integer(architecture + ".attention." + key);
        }
        int pairsPerHead = b.length / rank / heads / 2;
        float[] result = new float[b.length];
        int from = 0;
        for (int head = 0; head < heads; head++) {
            for (int pair = 0; pair < pairsPerHead; pair++) {
                for (int side = 0; side < 2; side++) {
                    int to = (head * 2 + side) * pairsPerHead + pair;
                    System.arraycopy(b, from++ * rank, result, to * rank, rank);
                }
            }
        }
        return result;
    }

    /** The model with {@code W + scale·α/rank·B·A} in place of each W. */
    Path merged(Path from, float scale, Path to) {
        try (Gguf file = Gguf.open(from)) {
            GgufWriter writer = new GgufWriter().putAll(file.metadata());
            for (TensorInfo t : new LinkedHashMap<>(file.tensors()).values()) {
                Pair pair = pairs.get(t.name());
                int count = Math.toIntExact(t.elements());
                float[] w = new float[count];
                t.type().dequantizer().dequantize(file.data(t), 0, w, 0, count);
                if (pair != null) merge(w, pair, scale * alpha / rank);
                writer.tensor(t.name(), w, t.shape());
            }
            writer.write(to);
        }
        return to;
    }

    private void merge(float[] w, Pair p, double scale) {
        int at = 0;
        for (int part = 0; part < p.target.count(); part++) {
            for (int row = 0; row < p.target.outputs(); row++) {
                for (int column = 0; column < p.target.inputs(); column++) {
                    double sum = 0;
                    for (int i = 0; i < rank; i++) {
                        sum += (double) p.b[part][row * rank + i] * p.a[part][i * p.target.inputs() + column];
                    }
                    w[at] += (float) (scale * sum);
                    at++;
                }
            }
        }
    }
}
