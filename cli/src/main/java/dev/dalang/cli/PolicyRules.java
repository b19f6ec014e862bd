package dev.dalang.cli;

import dev.dalang.trust.policy.Policy;
import dev.dalang.trust.policy.PolicyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The user's rules on what may leave this machine. */
final class PolicyRules {
    private PolicyRules() {}

    static Path file(Surroundings around) {
        return around.home().resolve("policy.toml");
    }

    static Policy read(Surroundings around) {
        Path file = file(around);
        if (!Files.exists(file)) return Policy.DEFAULT;
        try {
            return PolicyFile.parse(Files.readString(file), file.toString());
        } catch (IOException e) {
            throw Errors.storage(e, file);
        }
    }
}
