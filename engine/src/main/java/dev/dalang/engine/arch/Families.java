package dev.dalang.engine.arch;

import static java.util.Map.entry;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.kernel.Activation;
import java.util.Map;
import java.util.TreeMap;

/** The families that this build knows, by their name in {@code general.architecture}. */
public final class Families {

    private static final Map<String, Family> ALL = Map.ofEntries(
            entry("llama", new Llama()),
            entry("mistral3", new Llama()),
            entry("ernie4_5", new Ernie45(false)),
            entry("qwen2", new Qwen2()),
            entry("qwen2moe", new Qwen2()),
            entry("qwen3", new Qwen3()),
            entry("qwen3moe", new Qwen3()),
            entry("gemma", new Gemma()),
            entry("gemma2", new Gemma2(false)),
            entry("gemma3", new Gemma2(true)),
            entry("gemma3n", new Gemma3n()),
            entry("gemma4", new Gemma4()),
            entry("phi2", new Phi2()),
            entry("phi3", new Phi3(Rope.Pairs.HALVES)),
            entry("phimoe", new Phi3(Rope.Pairs.HALVES)),
            entry("chatglm", new Phi3(Rope.Pairs.ADJACENT)),
            entry("gpt-oss", new GptOss()),
            entry("granite", new Granite(false)),
            entry("granitemoe", new Granite(false)),
            entry("glm4", new Glm4()),
            entry("glm4moe", new Glm4Moe()),
            entry("llama4", new Llama4()),
            entry("command-r", new Cohere2(false)),
            entry("cohere2", new Cohere2(true)),
            entry("olmo2", new Olmo2()),
            entry("olmoe", new Olmoe()),
            entry("smollm3", new SmolLm3()),
            entry("stablelm", new StableLm()),
            entry("starcoder", new Gpt2()),
            entry("starcoder2", new Starcoder2(Activation.GELU)),
            entry("codeshell", new Starcoder2(Activation.GELU)),
            entry("nemotron", new Starcoder2(Activation.RELU_SQUARED)),
            entry("gptneox", new GptNeox()),
            entry("olmo", new Olmo()),
            entry("minicpm", new Granite(true)),
            entry("internlm2", new Llama()),
            entry("xverse", new Llama()),
            entry("exaone", new Qwen2()),
            entry("orion", new StableLm()),
            entry("qwen2vl", new Qwen2()),
            entry("qwen3vl", new Qwen3()),
            entry("qwen3vlmoe", new Qwen3()),
            entry("gpt2", new Gpt2()),
            entry("falcon", new Falcon()),
            entry("ernie4_5-moe", new Ernie45(true)),
            entry("exaone4", new Exaone4()),
            entry("hunyuan-dense", new Hunyuan()),
            entry("hunyuan-moe", new Hunyuan()),
            entry("seed_oss", new SeedOss()),
            entry("minimax-m2", new MiniMaxM2()),
            entry("mimo2", new Mimo2()),
            entry("dots1", new Dots1()),
            entry("bailingmoe2", new Dots1()),
            entry("afmoe", new Afmoe()),
            entry("arcee", new Arcee()),
            entry("mamba", new MambaFamily()),
            entry("mamba2", new Mamba2Family()),
            entry("jamba", new Jamba()),
            entry("falcon-h1", new FalconH1()),
            entry("granitehybrid", new GraniteHybrid()),
            entry("nemotron_h", new NemotronH()),
            entry("nemotron_h_moe", new NemotronH()),
            entry("plamo2", new Plamo2()),
            entry("lfm2", new Lfm2()),
            entry("lfm2moe", new Lfm2()),
            entry("qwen3next", new Qwen3Next(false)),
            entry("qwen35", new Qwen3Next(true)),
            entry("qwen35moe", new Qwen3Next(true)),
            entry("kimi-linear", new KimiLinear()),
            entry("deepseek", new DeepSeek()),
            entry("deepseek2", new DeepSeek2()),
            entry("mistral4", new DeepSeek2()),
            entry("bert", new Bert()),
            entry("nomic-bert", new Bert()),
            entry("nomic-bert-moe", new Bert()),
            entry("jina-bert-v3", new Bert()),
            entry("eurobert", new EuroBert()));

    private Families() {}

    public static Iterable<String> names() {
        return new TreeMap<>(ALL).keySet();
    }

    /**
     * The model in a file.
     *
     * @param contextLength positions that sequences may take, which some families' rotation depends on; 0 for as many
     *     as the model was trained for
     * @throws DalangException if its family is not known here or its parts do not fit together
     */
    public static Decoder assemble(ModelSource file, int contextLength) {
        Hyper hyper = new Hyper(file, contextLength);
        Weights weights = new Weights(file);
        String family = hyper.architecture();
        return named(family, file.name()).assemble(hyper, weights).madeOf(family, weights);
    }

    public static boolean knows(String architecture) {
        return ALL.containsKey(architecture);
    }

    public static Family named(String architecture, String file) {
        Family family = ALL.get(architecture);
        if (family == null) {
            throw DalangException.unsupported(
                    file + ": architecture '" + architecture + "' is not supported; known are "
                            + String.join(", ", names()),
                    "architecture=" + architecture);
        }
        return family;
    }
}
