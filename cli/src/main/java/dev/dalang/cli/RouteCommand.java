package dev.dalang.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code dalang route}: which model answers. */
@Command(name = "route", description = "Which model answers a request, and why.", synopsisSubcommandLabel = "VERB")
final class RouteCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli's
    CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a verb is missing");
    }
}
