package dev.dalang.cli;

import dev.dalang.ledger.Subject;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whom a budget is for. */
final class SubjectFlags {

    @Nullable
    @Option(names = "--key", paramLabel = "ID", description = "For a key (`dalang keys list` shows their ids).")
    String key;

    @Nullable
    @Option(names = "--team", paramLabel = "ID", description = "For a team: all its keys together.")
    String team;

    @Option(names = "--all", description = "For everybody together.")
    boolean all;

    Subject subject() {
        if ((key == null ? 0 : 1) + (team == null ? 0 : 1) + (all ? 1 : 0) != 1) {
            throw Errors.usage("say whom it is for: --key ID, --team ID or --all");
        }
        return key != null ? Subject.key(key) : team != null ? Subject.team(team) : Subject.ALL;
    }
}
