package dev.dalang.engine.format;

import dev.dalang.api.DalangException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How a whole model is quantised: a type for most of its tensors, and rules for those that deserve more bits. Names,
 * numbers and rules are llama.cpp's, so that a file called {@code Q4_K_M} holds what people expect of one.
 */
public enum Quantization {
    F32(0, BlockType.F32),
    F16(1, BlockType.F16),
    BF16(32, BlockType.BF16),
    Q8_0(7, BlockType.Q8_0),
    Q6_K(18, BlockType.Q6_K),
    Q5_K_M(17, BlockType.Q5_K),
    Q5_K_S(16, BlockType.Q5_K),
    Q5_1(9, BlockType.Q5_1),
    Q5_0(8, BlockType.Q5_0),
    Q4_K_M(15, BlockType.Q4_K),
    Q4_K_S(14, BlockType.Q4_K),
    Q4_1(3, BlockType.Q4_1),
    Q4_0(2, BlockType.Q4_0),
    IQ4_NL(25, BlockType.IQ4_NL),
    IQ4_XS(30, BlockType.IQ4_XS),
    Q3_K_L(13, BlockType.Q3_K),
    Q3_K_M(12, BlockType.Q3_K),
    Q3_K_S(11, BlockType.Q3_K),
    Q2_K(10, BlockType.Q2_K),
    TQ2_0(37, BlockType.TQ2_0),
    TQ1_0(36, BlockType.TQ1_0),
    /** Experts as MXFP4, all else as Q8_0. */
    MXFP4_MOE(38, BlockType.MXFP4);

    private static final Map<String, Quantization> ALIASES =
            Map.of("Q5_K", Q5_K_M, "Q4_K", Q4_K_M, "Q3_K", Q3_K_M, "MXFP4", MXFP4_MOE);

    /** Of llama.cpp's, those whose encoders are searches through large codebooks, or need an importance matrix. */
    private static final Set<String> READ_ONLY = Set.of(
            "IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ2_M", "IQ3_XXS", "IQ3_XS", "IQ3_S", "IQ3_M", "Q2_K_S",
            "NVFP4", "Q1_0", "Q2_0");

    private final int fileType;
    private final BlockType type;

    Quantization(int fileType, BlockType type) {
        this.fileType = fileType;
        this.type = type;
    }

    /** Its number in {@code general.file_type}. */
    public int fileType() {
        return fileType;
    }

    /** The type that most tensors get. */
    public BlockType type() {
        return type;
    }

    /**
     * The type of each tensor of a model, in the order of the model.
     *
     * @throws DalangException if the model's metadata is broken
     */
    public Map<String, BlockType> types(ModelSource model) {
        return new MixtureRules(this, model).types();
    }

    /**
     * By its name in any case ({@code q4_k_m}); {@code Q4_K} is {@code Q4_K_M}.
     *
     * @throws DalangException (unsupported, invalid request) naming what there is
     */
    public static Quantization ofName(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        for (Quantization q : values()) if (q.name().equals(upper)) return q;
        Quantization alias = ALIASES.get(upper);
        if (alias != null) return alias;
        String all = Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
        if (READ_ONLY.contains(upper)) {
            throw DalangException.unsupported(
                    upper + " is read here but not written; there are " + all, "quantization=" + upper);
        }
        throw DalangException.invalidRequest("no quantisation is called '" + name + "'; there are " + all, "type");
    }
}
