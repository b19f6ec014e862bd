package dev.dalang.cli;

import dev.dalang.ledger.Ledger;
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
        return ledger == null || ledger.isBlank() ? Ledger.open(HubAccess.ledgerFile(around)) : Ledger.connect(ledger);
    }
}
