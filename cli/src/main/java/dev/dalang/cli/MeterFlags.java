package dev.dalang.cli;

import dev.dalang.gateway.meter.Meter;
import dev.dalang.gateway.meter.MeterPolicy;
import dev.dalang.gateway.meter.RateLimits;
import dev.dalang.gateway.meter.Tariff;
import dev.dalang.gateway.price.MachineShare;
import dev.dalang.gateway.price.PriceTable;
import dev.dalang.gateway.price.Rapl;
import dev.dalang.gateway.route.RouteTable;
import dev.dalang.ledger.Book;
import dev.dalang.ledger.BookRules;
import dev.dalang.ledger.Books;
import dev.dalang.ledger.Ledger;
import dev.dalang.ledger.Notebook;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What answers cost, and how it is written down. */
final class MeterFlags {

    @Option(
            names = "--unknown-price",
            paramLabel = "WORD",
            defaultValue = "flag",
            description = "A request whose cost is not known is made and flagged (flag), or not made (refuse).")
    MeterPolicy.UnknownPrice unknownPrice = MeterPolicy.UnknownPrice.FLAG;

    @Option(
            names = "--ledger-away",
            paramLabel = "WORD",
            defaultValue = "stop",
            description = "While the ledger's database does not answer, no request is made (stop), or those without a"
                    + " budget are, and are written to a journal (go_on).")
    BookRules.WhenAway whenAway = BookRules.WhenAway.STOP;

    @Option(names = "--keep-texts", description = "Keep prompts and answers in the ledger.")
    boolean keepTexts;

    @Mixin
    LocalRateFlags local = new LocalRateFlags();

    /** The user's own prices, where there are any. */
    static Path priceFile(Surroundings around) {
        return around.home().resolve("prices.json");
    }

    static Path routeFile(Surroundings around) {
        return around.home().resolve("routes.toml");
    }

    static PriceTable prices(Surroundings around) {
        PriceTable table = PriceTable.builtIn();
        Path own = priceFile(around);
        return Files.exists(own) ? table.with(own) : table;
    }

    static RouteTable routes(Surroundings around) {
        return RouteTable.read(routeFile(around));
    }

    /** What this machine's answers cost; the list of hosted models' prices, which takes a while to read, is left out. */
    private Tariff localTariff() {
        return new Tariff(PriceTable.none(), local.rate());
    }

    Books books(Surroundings around, Ledger ledger) {
        return ledger.books(BookRules.standard(HubAccess.journals(around)).with(whenAway));
    }

    /** What all metered models of this process share. */
    Meter meter(Surroundings around, Ledger ledger, Books books) {
        return meter(books, local.tariff(around), new RateLimits(ledger.budgets()::allowances, System::nanoTime));
    }

    /** For a process that answers once with a model of this machine, and does not open the ledger for it. */
    Meter withoutLedger(Surroundings around) {
        return meter(
                new Notebook(HubAccess.journals(around)), localTariff(), new RateLimits(List::of, System::nanoTime));
    }

    private Meter meter(Book book, Tariff tariff, RateLimits limits) {
        boolean keep = keepTexts;
        return new Meter(
                book,
                tariff,
                limits,
                new MachineShare(System::nanoTime, Rapl.open(Rapl.POWERCAP).orElse(null)),
                new MeterPolicy(unknownPrice, account -> keep),
                Clock.systemUTC(),
                System::nanoTime);
    }
}
