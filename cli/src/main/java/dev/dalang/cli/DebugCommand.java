package dev.dalang.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code dalang debug}: the engine's parts one by one, to compare with other engines. */
@Command(
        name = "debug",
        description = "Look at the engine's parts: logits, tokens, templates; make a model to try them on.",
        synopsisSubcommandLabel = "PART")
final class DebugCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli's
    CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say which part: logits, tokens, render, model or mini");
    }
}
