package dev.dalang.cli;

import dev.dalang.hub.licence.BillOfMaterials;
import dev.dalang.hub.licence.BillOfMaterials.Item;
import dev.dalang.hub.licence.Licence;
import dev.dalang.hub.licence.LicencePolicy;
import dev.dalang.hub.store.InstalledModel;
import dev.dalang.ledger.Acceptance;
import dev.dalang.ledger.Ledger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang licences}: the bill of materials. */
@Command(
        name = "licences",
        aliases = "licenses",
        description = "Show under which licences the installed models are.",
        footer = {"", "Example: dalang licences --format cyclonedx > models.cdx.json", "Example: dalang licences Gemma"
        })
final class LicencesCommand implements Callable<Integer> {

    @Parameters(paramLabel = "LICENCE", arity = "0..1", description = "Explain this licence instead.")
    @Nullable
    String licence;

    @Option(names = "--format", paramLabel = "FORMAT", description = "table, json, cyclonedx or spdx. Default: table.")
    String format = "table";

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    @Option(names = "--accepted", description = "Who accepted what, and when.")
    boolean accepted;

    @Option(names = "--known", description = "All licences that Dalang can explain.")
    boolean known;

    @Option(
            names = {"--licence-policy", "--license-policy"},
            paramLabel = "RULES",
            description = "Say which models break these rules; exit status 3 when one does.")
    @Nullable
    String policy;

    private final Surroundings around;

    LicencesCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        CatalogueAccess access = new CatalogueAccess(around);
        if (licence != null) {
            String wanted = licence;
            Licence l = access.licences()
                    .find(wanted)
                    .orElseThrow(() ->
                            Errors.usage("no licence " + wanted + " is known; `dalang licences --known` lists them"));
            CatalogueReport.licence(l, around);
            around.out().println("\nThis is a summary in our words; the text alone binds.");
            return ExitCode.DONE;
        }
        if (known) return listKnown(access);
        if (accepted) return listAccepted();
        List<Item> items = items(access);
        String form = json ? "json" : format.toLowerCase(java.util.Locale.ROOT);
        LicencePolicy rules = LicencePolicy.parse(policy == null ? "" : policy, access.licences());
        switch (form) {
            case "cyclonedx" ->
                around.out()
                        .println(Json.pretty(BillOfMaterials.cycloneDx(
                                items, Dalang.Version.number(), Instant.now(), UUID.randomUUID())));
            case "spdx" ->
                around.out()
                        .println(Json.pretty(BillOfMaterials.spdx(
                                items, Dalang.Version.number(), Instant.now(), UUID.randomUUID())));
            case "json" -> around.out().println(Json.pretty(Map.of("models", trees(items, rules))));
            case "table" -> table(items, rules);
            default -> throw Errors.usage("--format must be table, json, cyclonedx or spdx, not " + format);
        }
        return broken(items, rules) ? ExitCode.MODEL_UNAVAILABLE : ExitCode.DONE;
    }

    private List<Item> items(CatalogueAccess access) {
        InstalledLicences licences = new InstalledLicences(access);
        List<Item> items = new ArrayList<>();
        for (InstalledModel m : around.store().list()) items.add(licences.item(m));
        return items;
    }

    private static boolean broken(List<Item> items, LicencePolicy rules) {
        return items.stream()
                .flatMap(i -> i.licences().stream())
                .anyMatch(l -> rules.objection(l).isPresent());
    }

    private void table(List<Item> items, LicencePolicy rules) {
        if (items.isEmpty()) {
            around.say("no models in " + around.store().folder());
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("MODEL", "LICENCE", "MADE FROM", "COMMERCIAL USE", "USER LIMITS"));
        for (Item i : items) {
            for (Licence l : i.licences()) {
                boolean first = l == i.licences().getFirst();
                rows.add(List.of(
                        first ? Text.oneLine(i.name()) : "",
                        (first ? "" : "and ") + Text.oneLine(l.id()),
                        first ? Text.oneLine(String.join(", ", i.bases())) : "",
                        l.commercial().words(),
                        l.userLimit()));
            }
        }
        around.out().print(Text.table(rows, TerminalSize.width(around)));
        for (Item i : items) {
            for (Licence l : i.licences()) {
                rules.objection(l).ifPresent(o -> around.say(i.name() + ": " + o));
            }
        }
    }

    private static List<Object> trees(List<Item> items, LicencePolicy rules) {
        List<Object> trees = new ArrayList<>();
        for (Item i : items) {
            Map<String, @Nullable Object> tree = new LinkedHashMap<>();
            tree.put("name", i.name());
            tree.put("bytes", i.bytes());
            tree.put("digests", i.digests());
            tree.put("origin", i.origin());
            tree.put("revision", i.revision());
            tree.put("spdx", i.expression());
            List<Object> licences = new ArrayList<>();
            List<String> objections = new ArrayList<>();
            for (Licence l : i.licences()) {
                Map<String, @Nullable Object> one = new LinkedHashMap<>();
                one.put("id", l.id());
                one.put("spdx", l.spdx());
                one.put("name", l.name());
                one.put("url", l.url());
                one.put("commercial_use", l.commercial().name().toLowerCase(java.util.Locale.ROOT));
                one.put("user_limit", l.userLimit());
                licences.add(one);
                rules.objection(l).ifPresent(objections::add);
            }
            tree.put("licences", licences);
            tree.put("made_from", i.bases());
            tree.put("objections", objections);
            trees.add(tree);
        }
        return trees;
    }

    private int listKnown(CatalogueAccess access) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("ID", "SPDX", "COMMERCIAL USE", "CONSENT", "OSI", "NAME"));
        for (Licence l : access.licences().all()) {
            if (!l.weights()) continue;
            rows.add(List.of(
                    l.id(),
                    l.spdx(),
                    l.commercial().words(),
                    l.consent() ? "asked for" : "",
                    l.osi() ? "approved" : "",
                    l.name()));
        }
        around.out().print(Text.table(rows));
        return ExitCode.DONE;
    }

    private int listAccepted() {
        List<Acceptance> all = List.of();
        if (LedgerFlags.exists(around)) {
            try (Ledger ledger = LedgerFlags.configured(around)) {
                all = ledger.acceptances().all();
            }
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("WHO", "WHEN", "LICENCE", "MODEL", "HOW", "TEXT"));
        List<Object> trees = new ArrayList<>();
        for (Acceptance a : all) {
            rows.add(List.of(
                    Text.oneLine(a.who()),
                    a.at().toString(),
                    a.licence(),
                    Text.oneLine(a.model()),
                    a.how(),
                    a.textDigest()));
            Map<String, @Nullable Object> tree = new LinkedHashMap<>();
            tree.put("who", a.who());
            tree.put("at", a.at().toString());
            tree.put("licence", a.licence());
            tree.put("model", a.model());
            tree.put("model_digest", a.modelDigest());
            tree.put("text_digest", a.textDigest());
            tree.put("how", a.how());
            trees.add(tree);
        }
        if (json) around.out().println(Json.pretty(Map.of("acceptances", trees)));
        else if (all.isEmpty()) around.say("no licence was accepted here");
        else around.out().print(Text.table(rows));
        return ExitCode.DONE;
    }
}
