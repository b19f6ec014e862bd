package dev.dalang.cli;

import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.fetch.Plan;
import dev.dalang.hub.licence.Licence;
import dev.dalang.hub.licence.LicenceGate;
import dev.dalang.hub.licence.LicencePolicy;
import dev.dalang.hub.licence.Lineage;
import dev.dalang.hub.pull.PullCheck;
import dev.dalang.hub.store.Digest;
import dev.dalang.hub.store.Role;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The licence gate before a pull. */
final class LicenceCheck implements PullCheck {

    /** The longest licence that is known has less than a tenth. */
    private static final int MAX_TEXT = 1 << 20;

    private final Surroundings around;
    private final HubAccess hub;
    private final CatalogueAccess access;
    private final PullFlags flags;
    private final String asked;
    private final boolean somebodyIsThere;
    private Consumer<Licence> unasked = l -> {};

    /** @param asked what the user called the model */
    LicenceCheck(Surroundings around, HubAccess hub, CatalogueAccess access, PullFlags flags, String asked) {
        this(around, hub, access, flags, asked, around.inIsTerminal() && around.errIsTerminal());
    }

    /** @param somebodyIsThere whoever wants the model reads this terminal, and can be asked */
    LicenceCheck(
            Surroundings around,
            HubAccess hub,
            CatalogueAccess access,
            PullFlags flags,
            String asked,
            boolean somebodyIsThere) {
        this.around = around;
        this.hub = hub;
        this.access = access;
        this.flags = flags;
        this.asked = asked;
        this.somebodyIsThere = somebodyIsThere;
    }

    /** Told which licence would have to be accepted, where nobody is there to be asked. */
    LicenceCheck telling(Consumer<Licence> told) {
        unasked = told;
        return this;
    }

    @Override
    public void check(Plan plan) {
        InstalledLicences installed = new InstalledLicences(access);
        List<String> digests = plan.files().stream()
                .filter(f -> f.role() == Role.WEIGHTS && f.digest() != null)
                .map(f -> String.valueOf(f.digest()))
                .toList();
        Optional<CatalogueModel> known = access.find(asked)
                .or(() -> installed.known(plan.name(), plan.origin().location(), digests));
        List<Licence> licences =
                installed.licences(new Lineage(List.of(), List.of()), plan.facts(), known.orElse(null));
        known.ifPresent(m -> compare(plan, m));
        Digest weights = plan.file(Role.WEIGHTS).map(Plan.PlannedFile::digest).orElse(null);
        LicenceGate.Subject subject =
                new LicenceGate.Subject(plan.name(), licences, text(plan), weights == null ? null : weights.toString());
        LicencePolicy policy = LicencePolicy.parse(flags.policy == null ? "" : flags.policy, access.licences());
        LicenceGate gate = new LicenceGate(hub.ledger().acceptances(), policy, Clock.systemUTC());
        gate.pass(subject, HubAccess.user(around), new LinkedHashSet<>(flags.accepted), this::ask);
        boolean unknown = licences.stream().anyMatch(l -> l.commercial() == Licence.Commercial.UNKNOWN);
        around.say("licence: "
                + String.join(" and ", licences.stream().map(Licence::name).toList())
                + (unknown ? "; read the publisher's page before you rely on it" : ""));
    }

    /** A file of the name that the catalogue knows, but with other bytes, was changed by whoever publishes it. */
    private void compare(Plan plan, CatalogueModel known) {
        for (Plan.PlannedFile f : plan.files()) {
            if (f.digest() == null) continue;
            String name = f.name().text().replaceFirst(".*/", "");
            known.files().stream()
                    .filter(k -> repository(plan).endsWith(k.source().replaceFirst("^hf\\.co/", "")))
                    .flatMap(k -> k.parts().stream())
                    .filter(p -> p.sha256() != null
                            && p.file().replaceFirst(".*/", "").equals(name))
                    .filter(p -> !f.digest().hex().equals(p.sha256()))
                    .findFirst()
                    .ifPresent(p -> around.say("note: " + name + " is not the file that the catalogue of "
                            + access.catalogue().date() + " knows; its publisher has replaced it since"));
        }
    }

    private static String repository(Plan plan) {
        return plan.origin().location().replaceFirst("/$", "");
    }

    private @Nullable String text(Plan plan) {
        return plan.file(Role.LICENCE)
                .map(f -> new String(hub.fetcher().beginning(plan, f, MAX_TEXT), StandardCharsets.UTF_8))
                .orElse(null);
    }

    /** Shows summary and text to somebody at a terminal; a program is never asked. */
    private boolean ask(LicenceGate.Subject subject, Licence licence, String text) {
        if (!somebodyIsThere) {
            unasked.accept(licence);
            return false;
        }
        var err = around.err();
        err.println(Text.oneLine(subject.model()) + " is under the " + licence.name() + ".\n");
        List<List<String>> rows = List.of(
                List.of("In short:", licence.summary()),
                List.of("Commercial use:", licence.commercial().words()),
                List.of("User limits:", licence.userLimit()),
                List.of("Attribution:", licence.attribution()),
                List.of("Derivatives:", licence.derivatives()),
                List.of("Acceptable use:", licence.acceptableUse()));
        err.print(Text.table(rows, TerminalSize.width(around)));
        if (text.equals(subject.text())) {
            err.println("\n" + Text.printable(text).strip());
            err.println("\nThe text above came with the model; the publisher's is at " + licence.url());
        } else {
            err.println("\nThe model came without its text, which is at " + licence.url());
        }
        try {
            BufferedReader in = new BufferedReader(new InputStreamReader(around.in(), StandardCharsets.UTF_8));
            while (true) {
                err.print("Do you accept it? [yes/no] ");
                err.flush();
                String answer = in.readLine();
                switch (answer == null ? "no" : answer.strip().toLowerCase(Locale.ROOT)) {
                    case "yes", "y" -> {
                        return true;
                    }
                    case "no", "n" -> {
                        return false;
                    }
                    default -> err.println("Please answer yes or no.");
                }
            }
        } catch (IOException e) {
            throw Errors.storage(e, null);
        }
    }
}
