package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class VerbsTest {
    @TempDir
    Path home;

    private Surroundings around;

    @BeforeEach
    void around() {
        around = new Shell(home).around(System.out, System.err);
    }

    @Test
    void aVerbIsMadeAloneAndUnderItsOwnName() {
        Map<String, CommandLine> all = Dalang.commandLine(around).getSubcommands();
        assertThat(all).hasSizeGreaterThan(35);
        all.forEach((name, verb) -> {
            if (!name.equals(verb.getCommandName())) return; // an alias
            CommandLine alone = Dalang.commandLine(around, name, "--help");
            assertThat(alone.getSubcommands()).as(name).containsKey(name);
            assertThat(alone.getSubcommands().values())
                    .extracting(CommandLine::getCommandName)
                    .containsOnly(name);
            assertThat(alone.getSubcommands().get(name).getUsageMessage()).isEqualTo(verb.getUsageMessage());
        });
    }

    @Test
    void allAreThereForHelpForAliasesAndForWhatIsNoVerb() {
        int all = Dalang.commandLine(around).getSubcommands().size();
        for (String first : new String[] {"--help", "ls", "rnu", ""}) {
            assertThat(Dalang.commandLine(around, first).getSubcommands())
                    .as(first)
                    .hasSize(all);
        }
    }
}
