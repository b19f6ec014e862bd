package dev.dalang.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code dalang providers}: whose hosted models may be asked, and with which keys. */
@Command(
        name = "providers",
        description = "Hosted models' providers: add, list, test, remove.",
        synopsisSubcommandLabel = "VERB",
        footer = {
            "",
            "A model of a provider is named PROVIDER/MODEL everywhere: dalang run openai/gpt-5 \"Hi\".",
            "Where a usual variable holds a key (OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY, ...), its provider is"
                    + " there without being added."
        })
final class ProvidersCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli's
    CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "add, list, test or remove");
    }
}
