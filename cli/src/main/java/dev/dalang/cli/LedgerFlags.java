package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.ledger.BookRules;
import dev.dalang.ledger.Ledger;
import dev.dalang.ledger.Notebook;
import java.nio.file.Files;
import java.nio.file.Path;
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
        Ledger ledger = address == null || address.isBlank()
                ? Ledger.open(HubAccess.ledgerFile(around))
                : Ledger.connect(address);
        try {
            readIn(around, ledger);
        } catch (DalangException e) {
            // What waits goes on waiting; whoever wants something else of the ledger is not kept from it.
            around.say(e.failure().message());
        }
        return ledger;
    }

    /** What processes wrote down that did not open the ledger. */
    private static void readIn(Surroundings around, Ledger ledger) {
        Path journals = HubAccess.journals(around);
        if (Notebook.waits(journals)) ledger.books(BookRules.standard(journals)).close();
    }
}
