package dev.dalang.cli;

import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.catalogue.CatalogueModel.Access;
import dev.dalang.hub.catalogue.Catalogues;
import dev.dalang.hub.catalogue.Query;
import dev.dalang.hub.licence.Licence;
import dev.dalang.hub.licence.LicencePolicy;
import dev.dalang.mini.BuiltIn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang search}: which models exist, which may be had, and which run here. */
@Command(
        name = "search",
        description = "Look for models: downloadable ones and hosted ones.",
        footer = {"", "Example: dalang search coding --fits", "Example: dalang search can I download ChatGPT?"})
final class SearchCommand implements Callable<Integer> {

    private static final int ANSWER_WIDTH = 110;
    private static final List<String> BUILT_IN =
            List.of(BuiltIn.NAME, "11.5M", "1K", "chat", "apache-2.0", "yes", "built in");
    private static final Set<String> BUILT_IN_WORDS = Set.of(BuiltIn.NAME, "dalang", "mini", "built-in", "tiny");

    private static final Pattern SIZE = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([kmbt]?)", Pattern.CASE_INSENSITIVE);

    @Parameters(paramLabel = "WORDS", arity = "0..*", description = "Words, or a question.")
    List<String> words = List.of();

    @Option(
            names = "--task",
            paramLabel = "TASK",
            description = "chat, code, reasoning, tools, vision, audio or video.")
    @Nullable
    String task;

    @Option(names = "--language", paramLabel = "LANGUAGE", description = "A language, like German or de.")
    @Nullable
    String language;

    @Option(names = "--min-size", paramLabel = "N", description = "Least number of parameters, like 4b.")
    @Nullable
    String minSize;

    @Option(names = "--max-size", paramLabel = "N", description = "Greatest number of parameters, like 8b.")
    @Nullable
    String maxSize;

    @Option(
            names = {"--licence", "--license"},
            paramLabel = "ID",
            description =
                    "A licence, or a rule that it keeps: commercial, no-non-commercial, osi-only, no-user-limits.")
    @Nullable
    String licence;

    @Option(names = "--fits", description = "Only what fits this machine.")
    boolean fits;

    @Option(names = "--open", description = "Only what can be downloaded.")
    boolean open;

    @Option(names = "--hosted", description = "Only what is hosted.")
    boolean hosted;

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    private final Surroundings around;

    SearchCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        if (open && hosted) throw Errors.usage("--open and --hosted exclude each other");
        CatalogueAccess access = new CatalogueAccess(around);
        FitsHere here = new FitsHere(
                new Machine().memoryAvailable(), Machine.diskFree(around.store().folder()));
        Predicate<CatalogueModel> licences = licences(access);
        Predicate<CatalogueModel> further =
                fits ? licences.and(m -> here.best(m) != null && CatalogueAccess.runs(m)) : licences;
        Query query = query();
        List<CatalogueModel> found = query.find(access.catalogue(), further);
        SearchAnswer sentences = new SearchAnswer(
                access,
                here,
                new SearchAnswer.Asked(access.catalogue(), query, licences, Query.isQuestion(words), fits));
        String answer = sentences.to(found);
        Catalogues.Loaded edition = access.catalogues().current();
        if (json) {
            Map<String, @Nullable Object> tree = tree(found, access, here, edition);
            tree.put("answer", answer.isEmpty() ? null : answer);
            around.out().println(Json.pretty(tree));
            return ExitCode.DONE;
        }
        boolean builtIn = around.builtIn().isPresent() && meansBuiltIn();
        if (!answer.isEmpty()) around.out().println(Text.wrap(answer, ANSWER_WIDTH) + "\n");
        if (found.isEmpty() && !builtIn) {
            around.say(sentences.nothing());
        } else {
            List<List<String>> rows = rows(found, access, here);
            if (builtIn) rows.add(1, BUILT_IN);
            around.out().print(Text.table(rows, TerminalSize.width(around), CONTEXT, COMMERCIAL, CAN));
            around.say(Text.plural(found.size(), "model") + "; catalogue of "
                    + edition.catalogue().date()
                    + "; `dalang show NAME` says more, `dalang fit NAME` how it would run");
        }
        return ExitCode.DONE;
    }

    /** The catalogue does not have what needs no download; it is shown to who asks for all, or for the like of it. */
    private boolean meansBuiltIn() {
        boolean filtered = task != null || language != null || minSize != null || maxSize != null || licence != null;
        return !filtered
                && !hosted
                && (words.isEmpty()
                        || words.stream().anyMatch(w -> BUILT_IN_WORDS.contains(w.toLowerCase(Locale.ROOT))));
    }

    private Query query() {
        if (task != null
                && !List.of("chat", "code", "reasoning", "tools", "vision", "audio", "video")
                        .contains(task)) {
            throw Errors.usage("--task must be chat, code, reasoning, tools, vision, audio or video, not " + task);
        }
        String code = language == null ? null : Query.languageCode(language);
        if (language != null && code == null) throw Errors.usage("--language: there is no language " + language);
        Set<Access> wanted = open || fits ? Set.of(Access.OPEN) : hosted ? Set.of(Access.HOSTED) : Set.of();
        return new Query(
                Query.words(words), task, code, size(minSize, "--min-size"), size(maxSize, "--max-size"), wanted);
    }

    private static @Nullable Long size(@Nullable String text, String flag) {
        if (text == null) return null;
        Matcher m = SIZE.matcher(text.strip());
        if (!m.matches())
            throw Errors.usage(flag + " must be a number of parameters like 8b or 500m, not " + text
                    + "; --fits looks at the bytes");
        double unit = switch (m.group(2).toLowerCase(Locale.ROOT)) {
            case "k" -> 1e3;
            case "m" -> 1e6;
            case "t" -> 1e12;
            case "b" -> 1e9;
            default -> 1;
        };
        return Math.round(Double.parseDouble(m.group(1)) * unit);
    }

    private Predicate<CatalogueModel> licences(CatalogueAccess access) {
        if (licence == null) return m -> true;
        if (access.licences().find(licence).isPresent()) {
            String id = access.licences().find(licence).orElseThrow().id();
            return m -> m.licence().equals(id);
        }
        LicencePolicy rule = LicencePolicy.parse(licence, access.licences());
        return m -> rule.objection(access.licences().named(m.licence())).isEmpty();
    }

    /** What a narrow terminal does without. */
    private static final int CONTEXT = 2;

    private static final int CAN = 3;
    private static final int COMMERCIAL = 5;

    private static List<List<String>> rows(List<CatalogueModel> found, CatalogueAccess access, FitsHere here) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NAME", "SIZE", "CONTEXT", "CAN", "LICENCE", "COMMERCIAL", "HERE"));
        for (CatalogueModel m : found) {
            Licence l = access.licences().named(m.licence());
            boolean open = m.access() == Access.OPEN;
            rows.add(List.of(
                    m.name(),
                    open ? parameters(m) : "hosted",
                    m.context() == null ? "?" : context(m.context()),
                    String.join(" ", m.capabilities()),
                    open ? l.id() : "",
                    open ? commercial(l) : "",
                    open ? here.describe(m) : m.reach() == null ? "" : "reach " + m.reach()));
        }
        return rows;
    }

    private static String commercial(Licence l) {
        return switch (l.commercial()) {
            case YES -> "yes";
            case NO -> "no";
            case CONDITIONS -> "conditions";
            case UNKNOWN -> "?";
        };
    }

    private static String parameters(CatalogueModel m) {
        if (m.parameters() == null) return "?";
        String all = Text.count(m.parameters()).replace(" ", "");
        return m.activeParameters() == null
                ? all
                : all + " (" + Text.count(m.activeParameters()).replace(" ", "") + " active)";
    }

    private static String context(int n) {
        return n >= 1_000_000 ? Text.format("%.1fM", n / 1e6) : n >= 1024 ? n / 1000 + "K" : Integer.toString(n);
    }

    private static Map<String, @Nullable Object> tree(
            List<CatalogueModel> found, CatalogueAccess access, FitsHere here, Catalogues.Loaded edition) {
        List<Object> models = new ArrayList<>();
        for (CatalogueModel m : found) models.add(new CatalogueReport(m, access).tree(here));
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("catalogue", CatalogueReport.edition(edition));
        tree.put("models", models);
        return tree;
    }
}
