package dev.dalang.cli;

import dev.dalang.trust.policy.Policy;
import dev.dalang.trust.policy.PolicyFile;
import dev.dalang.trust.policy.Rule;
import dev.dalang.trust.redact.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

/** {@code dalang policy}: the rules on what may leave this machine. */
@Command(name = "policy", description = "Show the rules on what may leave this machine; check a request against them.")
final class PolicyCommand implements Callable<Integer> {
    private final Surroundings around;

    PolicyCommand(Surroundings around) {
        this.around = around;
    }

    static Path file(Surroundings around) {
        return around.home().resolve("policy.toml");
    }

    /** The user's rules; the default ones where there is no file. */
    static Policy read(Path file, boolean mustExist) {
        if (!mustExist && !Files.exists(file)) return Policy.DEFAULT;
        try {
            return PolicyFile.parse(Files.readString(file), file.toString());
        } catch (IOException e) {
            throw Errors.storage(e, file);
        }
    }

    @Override
    public Integer call() {
        Path file = file(around);
        Policy policy = read(file, false);
        if (!Files.exists(file)) around.say("there is no " + file + "; these are the defaults");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("RULE", "KEY", "ROUTE", "PROVIDER", "MODEL", "KIND", "ACTION"));
        for (Rule r : policy.rules()) {
            rows.add(List.of(
                    Text.oneLine(r.name()),
                    any(r.keys()),
                    any(r.routes()),
                    any(r.providers()),
                    any(r.models()),
                    any(r.kinds().stream().sorted().map(Kind::word).toList()),
                    r.action().word()));
        }
        for (Kind kind : Kind.values()) {
            rows.add(List.of(
                    "(default)",
                    "*",
                    "*",
                    "*",
                    "*",
                    kind.word(),
                    policy.base().action(kind).word()));
        }
        around.out().print(Text.table(rows));
        return ExitCode.DONE;
    }

    private static String any(List<String> patterns) {
        return patterns.isEmpty() ? "*" : Text.oneLine(patterns.stream().collect(Collectors.joining(",")));
    }
}
