package dev.dalang.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code dalang budgets}: who may spend how much. */
@Command(
        name = "budgets",
        description = "Who may spend how much, how fast, on which models.",
        synopsisSubcommandLabel = "VERB")
final class BudgetsCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli's
    CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a verb is missing");
    }
}
