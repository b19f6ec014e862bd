package dev.dalang.engine.format.huggingface;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.format.Dtype;
import dev.dalang.engine.format.Safetensors;
import dev.dalang.engine.format.huggingface.Naming.Rule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Sorts a checkpoint's tensors into those of GGUF, by a family's {@link Naming}; none is read yet. */
final class Plan {

    private static final Pattern LAYER = Pattern.compile("layers\\.(\\d{1,5})\\.(.+)");
    private static final Pattern EXPERT = Pattern.compile("(.+\\.experts)\\.(\\d{1,5})\\.(.+)");
    private static final List<String> PREFIXES =
            List.of("model.language_model.", "language_model.model.", "language_model.", "model.");
    private static final int BLOCK_OF_SCALES = 128;

    private final Safetensors file;
    private final Config config;
    private final HfFamily family;
    private final Map<String, Weight> found = new LinkedHashMap<>();
    private final Map<String, TreeMap<Integer, Weight>> experts = new LinkedHashMap<>();

    private Plan(Safetensors file, Config config, HfFamily family) {
        this.file = file;
        this.config = config;
        this.family = family;
    }

    /**
     * The tensors under GGUF's names, those of no layer first, then layer by layer.
     *
     * @throws DalangException for one that the family does not know, one of a strange shape or type, a missing expert
     */
    static Map<String, Weight> of(Safetensors file, Config config, HfFamily family) {
        Plan plan = new Plan(file, config, family);
        for (Safetensors.Tensor tensor : file.tensors().values()) plan.add(tensor);
        plan.stackExperts();
        Map<String, Weight> sorted = new LinkedHashMap<>();
        plan.found.keySet().stream()
                .sorted(Comparator.comparingInt(Plan::layerOf).thenComparing(Comparator.naturalOrder()))
                .forEach(name -> sorted.put(name, plan.found.get(name)));
        return sorted;
    }

    private static int layerOf(String name) {
        return name.startsWith("blk.") ? Integer.parseInt(name.substring(4, name.indexOf('.', 4))) : -1;
    }

    private void add(Safetensors.Tensor tensor) {
        String name = tensor.name();
        if (HfFamilies.ignored(name) || isScale(name)) return;
        boolean blocks = name.endsWith("_blocks") && tensor.dtype() == Dtype.U8;
        if (blocks) name = name.substring(0, name.length() - "_blocks".length());
        String bare = bare(name);
        if (bare.equals("lm_head.weight")
                && (family.tied() || config.get("tie_word_embeddings").isTrue())) return;
        Matcher layer = LAYER.matcher(bare);
        String block = "";
        String from = bare;
        if (layer.matches()) {
            int index = Integer.parseInt(layer.group(1));
            // What predicts further tokens stands behind the layers and is not used.
            if (index >= config.layers()) return;
            block = "blk." + index + ".";
            from = "*." + layer.group(2);
        }
        Matcher expert = EXPERT.matcher(from);
        int number = -1;
        if (expert.matches()) {
            number = Integer.parseInt(expert.group(2));
            from = expert.group(1) + ".#." + expert.group(3);
        }
        String suffix = from.endsWith(".weight") ? ".weight" : from.endsWith(".bias") ? ".bias" : "";
        List<Rule> rules = family.naming().rules(from);
        if (rules.isEmpty()) rules = family.naming().rules(from.substring(0, from.length() - suffix.length()));
        else suffix = "";
        if (rules.isEmpty()) {
            throw DalangException.unsupported(
                    file.path() + ": tensor " + JsonValue.printable(tensor.name()) + " is none that "
                            + family.architecture() + " models are known to have",
                    "tensor=" + JsonValue.printable(tensor.name()));
        }
        Weight weight = blocks ? Weight.mxfp4(file, tensor, scalesOf(name, tensor)) : weight(tensor);
        for (Rule rule : rules) {
            String to = rule.to().replace("*.", block);
            if (!to.endsWith(suffix)) to += suffix;
            put(to, number, rule.change().apply(weight, config));
        }
    }

    private void put(String to, int expert, Weight weight) {
        Weight other = expert < 0
                ? found.putIfAbsent(to, plain(to, weight))
                : experts.computeIfAbsent(to, t -> new TreeMap<>()).putIfAbsent(expert, weight);
        if (other != null) throw bad(to, "two tensors of the folder are " + to);
    }

    /** Vectors, norms and routers are small and always of single precision. */
    private static Weight plain(String name, Weight weight) {
        boolean small = weight.rank() < 2
                || name.endsWith("_norm.weight")
                || name.contains("ffn_gate_inp")
                || name.contains("shortconv.conv");
        return small ? weight.as(BlockType.F32) : weight;
    }

    private static String bare(String name) {
        for (String prefix : PREFIXES) {
            if (name.startsWith(prefix)) return name.substring(prefix.length());
        }
        return name;
    }

    private void stackExperts() {
        int count = experts.isEmpty() ? 0 : config.count("num_local_experts", "num_experts", "n_routed_experts");
        experts.forEach((to, parts) -> {
            for (int i = 0; i < count; i++) {
                if (!parts.containsKey(i))
                    throw bad(to, "expert " + i + " of the " + count + " of " + to + " is missing");
            }
            if (parts.size() > count) throw bad(to, to + " has " + parts.size() + " experts, not " + count);
            put(to, -1, Weight.stack(List.copyOf(parts.values())));
        });
    }

    /** Whether a tensor is only there to scale another. */
    private boolean isScale(String name) {
        for (String ending : List.of("_scale_inv", "_scale", "_scales")) {
            if (!name.endsWith(ending)) continue;
            String stem = name.substring(0, name.length() - ending.length());
            return file.tensor(ending.equals("_scales") ? stem + "_blocks" : stem) != null;
        }
        return false;
    }

    private Safetensors.Tensor scalesOf(String stem, Safetensors.Tensor blocks) {
        Safetensors.Tensor scales = file.tensor(stem + "_scales");
        if (scales == null) {
            throw bad(blocks.name(), "tensor " + stem + "_scales is missing beside " + blocks.name());
        }
        return scales;
    }

    private Weight weight(Safetensors.Tensor tensor) {
        Weight weight = Weight.of(file, tensor);
        if (tensor.dtype() != Dtype.F8_E4M3 && tensor.dtype() != Dtype.F8_E5M2) return weight;
        Safetensors.Tensor scale = file.tensor(tensor.name() + "_scale_inv");
        if (scale == null) scale = file.tensor(tensor.name() + "_scale");
        return scale == null ? weight : scaled(weight, tensor, scale);
    }

    /** By one number for the tensor, for each row, or for each block (DeepSeek-AI 2024, arXiv:2412.19437, 3.3.2). */
    private Weight scaled(Weight weight, Safetensors.Tensor tensor, Safetensors.Tensor scale) {
        if (weight.rank() != 2) throw weight.misshapen("has scales but is no matrix");
        long rows = Math.max(1, weight.dim(0));
        long columns = Math.max(1, weight.dim(1));
        long height = rows;
        long width = columns;
        if (scale.elements() != 1) {
            long[] block = blockOfScales();
            long down = scale.dim(0);
            long across = scale.rank() < 2 ? 1 : scale.dim(1);
            if (scale.rank() == 2 && down == ceil(rows, block[0]) && across == ceil(columns, block[1])) {
                height = block[0];
                width = block[1];
            } else if (scale.rank() <= 2 && down == rows && across == 1) {
                height = 1;
            } else {
                throw bad(scale.name(), "tensor " + scale.name() + " does not fit " + tensor);
            }
        }
        Weight floats = Weight.of(file, scale).as(BlockType.F32);
        float[] scales = new float[Math.toIntExact(scale.elements())];
        BlockType.F32.dequantizer().dequantize(floats.bytes(), 0, scales, 0, scales.length);
        return weight.scaled(scales, height, width);
    }

    private long[] blockOfScales() {
        JsonValue size = config.get("quantization_config").get("weight_block_size");
        if (size.isNull()) return new long[] {BLOCK_OF_SCALES, BLOCK_OF_SCALES};
        List<JsonValue> sides = new ArrayList<>(size.list());
        if (sides.size() != 2) throw size.bad("is not two numbers");
        return new long[] {sides.get(0).integer(1, 1 << 20), sides.get(1).integer(1, 1 << 20)};
    }

    private static long ceil(long n, long by) {
        return (n + by - 1) / by;
    }

    private DalangException bad(@Nullable String field, String problem) {
        return DalangException.badModelFile(
                file.path() + ": " + JsonValue.printable(problem), file.path().toString(), field);
    }
}
