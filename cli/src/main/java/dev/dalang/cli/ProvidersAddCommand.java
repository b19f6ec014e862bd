package dev.dalang.cli;

import dev.dalang.gateway.provider.KeySource;
import dev.dalang.gateway.provider.ProviderConfig;
import dev.dalang.gateway.provider.Providers;
import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang providers add}. A key is never an argument, where a shell's history and every process would see it. */
@Command(
        name = "add",
        description = "Add a provider, or change one.",
        footer = {
            "",
            "The key is asked for on a terminal. It is kept in the system's store of secrets where there is one, else in a"
                    + " file that only you may read; --key-env leaves it where it is.",
            "Examples: dalang providers add openai",
            "          dalang providers add azure https://NAME.openai.azure.com --key-env AZURE_OPENAI_API_KEY",
            "          dalang providers add bedrock --option region=eu-central-1 --key-env AWS_BEARER_TOKEN_BEDROCK",
            "          dalang providers add box http://192.168.1.20:8000/v1 --flavour vllm --no-key"
        })
final class ProvidersAddCommand implements Callable<Integer> {
    private static final int MAX_KEY_BYTES = 16 << 10;

    @Parameters(index = "0", paramLabel = "NAME", description = "What its models are named by: NAME/MODEL.")
    String name = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "ADDRESS", description = "Where it is; known for many.")
    @Nullable
    String address;

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            description =
                    "Its protocol: openai, openai-compatible, azure, anthropic, gemini, vertex, bedrock or cohere.")
    @Nullable
    String kind;

    @Option(
            names = "--flavour",
            paramLabel = "NAME",
            description = "Of openai-compatible: vllm, llama.cpp, ollama, lmstudio, openrouter, groq, dalang, ...")
    @Nullable
    String flavour;

    @Option(names = "--option", paramLabel = "NAME=VALUE", description = "region, project, api-version, api, ...")
    Map<String, String> options = new LinkedHashMap<>();

    @Option(names = "--key-env", paramLabel = "VARIABLE", description = "The variable that holds the key.")
    @Nullable
    String keyVariable;

    @Option(names = "--key-stdin", description = "Read the key from standard input.")
    boolean keyFromInput;

    @Option(names = "--key-file", description = "Keep the key in a file even where the system has a store of secrets.")
    boolean keyInFile;

    @Option(names = "--no-key", description = "It asks for no key.")
    boolean noKey;

    private final Surroundings around;

    ProvidersAddCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        Providers providers = HostedModels.providers(around);
        var what = new Providers.Addition(name, kind, address, flavour, options);
        // Checked before anybody is asked for a key.
        ProviderConfig draft = providers.draft(what, new KeySource.NoKey());
        if (keyVariable != null && !(KeySource.of("environment:" + keyVariable) instanceof KeySource.Environment)) {
            throw Errors.usage("--key-env needs the name of a variable");
        }
        boolean asks = keyVariable == null && !noKey && !options.containsKey("service-account") && !isLocal(draft);
        String key = asks ? key(draft) : null;
        ProviderConfig added = providers.add(what, key, keyVariable, keyInFile);
        String kept = switch (added.key()) {
            case KeySource.Environment e -> "its key is read from " + e.variable();
            case KeySource.SystemStore s -> "its key is in the system's store of secrets";
            case KeySource.PrivateFile f -> "its key is in a file that only you may read";
            case KeySource.NoKey n -> "it is asked without a key";
        };
        around.say(name + " is at " + added.address() + "; " + kept + ". `dalang providers test " + name
                + "` asks whether it can be reached" + ServerState.untilRestart(around));
        return ExitCode.DONE;
    }

    /** Servers of this machine ask for no key, unless one is given. */
    private boolean isLocal(ProviderConfig draft) {
        return !keyFromInput && "http".equals(draft.address().getScheme());
    }

    private String key(ProviderConfig draft) {
        if (keyFromInput) return line();
        Console console = around.inIsTerminal() ? System.console() : null;
        if (console == null) {
            throw Errors.usage("there is no terminal to ask for the key of " + draft.name()
                    + ": --key-env VARIABLE, --key-stdin or --no-key says where it is");
        }
        char[] typed = console.readPassword("Key of %s (it is not shown): ", draft.name());
        return typed == null ? "" : new String(typed);
    }

    private String line() {
        try {
            byte[] bytes = around.in().readNBytes(MAX_KEY_BYTES);
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw Errors.storage(e, null);
        }
    }
}
