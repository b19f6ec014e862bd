package dev.dalang.cli;

import dev.dalang.ledger.Ledger;
import java.nio.file.Files;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which ledger: the file in Dalang's home, or one that several machines share. */
final class LedgerFlags {

    @Nullable
    @Option(
            names = "--ledger",
            paramLabel = "ADDRESS",
            description = "The ledger: jdbc:postgresql://HOST/DATABASE; the default is a file of this user.")
    String ledger;

    Ledger open(Surroundings around) {
        return open(around, ledger);
    }

    /** The one that is configured, for commands without the flag. */
    static Ledger configured(Surroundings around) {
        Configuration.Given given = Configuration.read(around).get(Setting.LEDGER);
        return open(around, given == null ? null : given.value());
    }

    /** Whether there is one already, or one that is shared. */
    static boolean exists(Surroundings around) {
        return Files.exists(HubAccess.ledgerFile(around))
                || Configuration.read(around).get(Setting.LEDGER) != null;
    }

    private static Ledger open(Surroundings around, @Nullable String address) {
        return address == null || address.isBlank()
                ? Ledger.open(HubAccess.ledgerFile(around))
                : Ledger.connect(address);
    }
}
