package dev.dalang.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;

/** {@code dalang completion}: a script that teaches bash and zsh the verbs and flags. */
@Command(
        name = "completion",
        description = "Print a completion script for bash and zsh.",
        footer = {"", "Example: source <(dalang completion)"})
final class CompletionCommand implements Callable<Integer> {

    private final Surroundings around;

    CompletionCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        String script = AutoComplete.bash("dalang", Dalang.commandLine(around));
        // picocli keeps the shell from offering files where it knows nothing better; but a MODEL is mostly a file.
        around.out().print(script.replace("  type compopt &>/dev/null && compopt +o default\n", ""));
        around.out().print('\n');
        return ExitCode.DONE;
    }
}
