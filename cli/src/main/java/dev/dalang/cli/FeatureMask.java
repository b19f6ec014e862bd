package dev.dalang.cli;

import java.util.Stack;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The value of {@code --cpu-features}: the next word, whatever it is. It begins with a minus, and picocli would take
 * {@code -sse4_1} for {@code -s} with a value, even behind an equals sign.
 */
final class FeatureMask implements IParameterConsumer {

    @Override
    @SuppressWarnings("JdkObsolete") // picocli's
    public void consumeParameters(Stack<String> words, ArgSpec option, CommandSpec command) {
        if (words.isEmpty()) {
            throw new MissingParameterException(
                    command.commandLine(), option, "Missing required parameter for option '--cpu-features' (LIST)");
        }
        option.setValue(words.pop());
    }
}
