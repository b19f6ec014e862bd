package dev.dalang.gateway.provider;

import dev.dalang.api.DalangException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The providers that need no address, and the variables in which people keep their keys. */
final class KnownProviders {

    /**
     * @param variables of the key, the first that is set counts; none where no key is asked for
     * @param baseVariable that may name another address, or null
     */
    record Known(
            String name,
            ProviderKind kind,
            String address,
            String flavour,
            List<String> variables,
            @Nullable String baseVariable) {}

    private static final List<Known> ALL = List.of(
            new Known(
                    "openai",
                    ProviderKind.OPENAI,
                    "https://api.openai.com/v1",
                    "openai",
                    List.of("OPENAI_API_KEY"),
                    "OPENAI_BASE_URL"),
            new Known(
                    "anthropic",
                    ProviderKind.ANTHROPIC,
                    "https://api.anthropic.com/v1",
                    "openai",
                    List.of("ANTHROPIC_API_KEY"),
                    null),
            new Known(
                    "gemini",
                    ProviderKind.GEMINI,
                    "https://generativelanguage.googleapis.com/v1beta",
                    "openai",
                    List.of("GEMINI_API_KEY", "GOOGLE_API_KEY"),
                    null),
            new Known(
                    "cohere",
                    ProviderKind.COHERE,
                    "https://api.cohere.com",
                    "openai",
                    List.of("COHERE_API_KEY", "CO_API_KEY"),
                    null),
            compatible("mistral", "https://api.mistral.ai/v1", "mistral", "MISTRAL_API_KEY"),
            compatible("groq", "https://api.groq.com/openai/v1", "groq", "GROQ_API_KEY"),
            compatible("deepseek", "https://api.deepseek.com/v1", "deepseek", "DEEPSEEK_API_KEY"),
            compatible("xai", "https://api.x.ai/v1", "xai", "XAI_API_KEY"),
            compatible("together", "https://api.together.xyz/v1", "together", "TOGETHER_API_KEY"),
            compatible("fireworks", "https://api.fireworks.ai/inference/v1", "fireworks", "FIREWORKS_API_KEY"),
            compatible("openrouter", "https://openrouter.ai/api/v1", "openrouter", "OPENROUTER_API_KEY"),
            compatible("huggingface", "https://router.huggingface.co/v1", "huggingface", "HF_TOKEN"),
            compatible("cerebras", "https://api.cerebras.ai/v1", "openai-compatible", "CEREBRAS_API_KEY"),
            compatible("moonshot", "https://api.moonshot.ai/v1", "openai-compatible", "MOONSHOT_API_KEY"),
            compatible("perplexity", "https://api.perplexity.ai", "openai-compatible", "PERPLEXITY_API_KEY"),
            compatible("nvidia", "https://integrate.api.nvidia.com/v1", "openai-compatible", "NVIDIA_API_KEY"),
            compatible("ollama", "http://localhost:11434/v1", "ollama"),
            compatible("lmstudio", "http://localhost:1234/v1", "lmstudio"),
            compatible("llama.cpp", "http://localhost:8080/v1", "llama.cpp"),
            compatible("vllm", "http://localhost:8000/v1", "vllm"));

    private KnownProviders() {}

    private static Known compatible(String name, String address, String flavour, String... variables) {
        return new Known(name, ProviderKind.OPENAI_COMPATIBLE, address, flavour, List.of(variables), null);
    }

    static @Nullable Known named(String name) {
        for (Known k : ALL) if (k.name().equals(name)) return k;
        return null;
    }

    static List<Known> all() {
        return ALL;
    }

    /** Whether a known provider has this host. */
    static boolean isVendor(URI address) {
        for (Known k : ALL) if (URI.create(k.address()).getHost().equalsIgnoreCase(address.getHost())) return true;
        return false;
    }

    /** Those whose key the environment holds. */
    static List<ProviderConfig> in(Map<String, String> environment) {
        List<ProviderConfig> found = new ArrayList<>();
        for (Known k : ALL) {
            for (String variable : k.variables()) {
                if (blank(environment, variable)) continue;
                String base = k.baseVariable() == null || blank(environment, k.baseVariable())
                        ? k.address()
                        : environment.getOrDefault(k.baseVariable(), k.address());
                found.add(config(
                        k.name(),
                        k.kind(),
                        address(base, k.baseVariable()),
                        k.flavour(),
                        new KeySource.Environment(variable),
                        new TreeMap<>()));
                break;
            }
        }
        azure(environment, found);
        bedrock(environment, found);
        vertex(environment, found);
        return found;
    }

    private static void azure(Map<String, String> environment, List<ProviderConfig> found) {
        if (blank(environment, "AZURE_OPENAI_API_KEY") || blank(environment, "AZURE_OPENAI_ENDPOINT")) return;
        SortedMap<String, String> options = new TreeMap<>();
        String version = environment.getOrDefault("OPENAI_API_VERSION", "").strip();
        if (!version.isEmpty()) options.put("api-version", version);
        found.add(config(
                "azure",
                ProviderKind.AZURE,
                address(environment.getOrDefault("AZURE_OPENAI_ENDPOINT", ""), "AZURE_OPENAI_ENDPOINT"),
                "openai",
                new KeySource.Environment("AZURE_OPENAI_API_KEY"),
                options));
    }

    private static void bedrock(Map<String, String> environment, List<ProviderConfig> found) {
        String region = region(environment);
        if (region == null) return;
        String variable = !blank(environment, "AWS_BEARER_TOKEN_BEDROCK")
                ? "AWS_BEARER_TOKEN_BEDROCK"
                : !blank(environment, "AWS_ACCESS_KEY_ID") ? "AWS_SECRET_ACCESS_KEY" : null;
        if (variable == null || blank(environment, variable)) return;
        SortedMap<String, String> options = new TreeMap<>(Map.of("region", region));
        found.add(config(
                "bedrock",
                ProviderKind.BEDROCK,
                bedrock(region),
                "openai",
                new KeySource.Environment(variable),
                options));
    }

    private static void vertex(Map<String, String> environment, List<ProviderConfig> found) {
        String file =
                environment.getOrDefault("GOOGLE_APPLICATION_CREDENTIALS", "").strip();
        String project = environment.getOrDefault("GOOGLE_CLOUD_PROJECT", "").strip();
        if (file.isEmpty() || project.isEmpty()) return;
        String location =
                environment.getOrDefault("GOOGLE_CLOUD_LOCATION", "global").strip();
        SortedMap<String, String> options =
                new TreeMap<>(Map.of("service-account", file, "project", project, "location", location));
        found.add(config(
                "vertex", ProviderKind.VERTEX, vertex(project, location), "openai", new KeySource.NoKey(), options));
    }

    static @Nullable String region(Map<String, String> environment) {
        for (String variable : new String[] {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
            String region = environment.getOrDefault(variable, "").strip();
            if (!region.isEmpty()) return region;
        }
        return null;
    }

    static URI bedrock(String region) {
        return address("https://bedrock-runtime." + region + ".amazonaws.com", "region");
    }

    static URI vertex(String project, String location) {
        String host = location.equals("global") ? "aiplatform.googleapis.com" : location + "-aiplatform.googleapis.com";
        return address(
                "https://" + host + "/v1/projects/" + project + "/locations/" + location + "/publishers/google",
                "project");
    }

    static URI address(String text, @Nullable String where) {
        try {
            return URI.create(text.strip());
        } catch (IllegalArgumentException e) {
            throw DalangException.invalidRequest("not an address: " + text.strip(), where);
        }
    }

    private static ProviderConfig config(
            String name,
            ProviderKind kind,
            URI address,
            String flavour,
            KeySource key,
            SortedMap<String, String> options) {
        return new ProviderConfig(name, kind, address, flavour, key, options);
    }

    private static boolean blank(Map<String, String> environment, String variable) {
        return environment.getOrDefault(variable, "").isBlank();
    }
}
