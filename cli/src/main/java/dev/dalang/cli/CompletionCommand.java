package dev.dalang.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code dalang completion}: a script that teaches bash and zsh the verbs and flags. */
@Command(
        name = "completion",
        description = "Print a completion script for bash and zsh.",
        footer = {"", "Example: source <(dalang completion)"})
final class CompletionCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli's
    CommandSpec spec;

    private final Surroundings around;

    CompletionCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        String script = AutoComplete.bash("dalang", spec.root().commandLine());
        // picocli keeps the shell from offering files where it knows nothing better; but a MODEL is mostly a file.
        around.out().print(script.replace("  type compopt &>/dev/null && compopt +o default\n", ""));
        around.out().print('\n');
        return ExitCode.DONE;
    }
}
