package dev.dalang.cli;

import dev.dalang.hub.catalogue.Catalogue;
import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.catalogue.CatalogueModel.Access;
import dev.dalang.hub.catalogue.Query;
import dev.dalang.hub.fit.ModelShape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * "Can I download ChatGPT?", answered in sentences; and a word to those who asked no question, where a table of hosted models
 * alone would be a riddle.
 */
final class SearchAnswer {

    /** More names than these are counted. */
    private static final int NAMED = 3;

    /**
     * What was looked for.
     *
     * @param licence what else must hold of a model, here as much as there
     * @param question it was put as one
     * @param fits what does not fit here, or does not run, was left out
     */
    record Asked(Catalogue catalogue, Query query, Predicate<CatalogueModel> licence, boolean question, boolean fits) {

        private List<CatalogueModel> like(Query query) {
            return query.find(catalogue, licence);
        }
    }

    private final CatalogueAccess access;
    private final FitsHere here;
    private final Asked asked;

    SearchAnswer(CatalogueAccess access, FitsHere here, Asked asked) {
        this.access = access;
        this.here = here;
        this.asked = asked;
    }

    /** Empty when there is nothing to say that the table does not. */
    String to(List<CatalogueModel> found) {
        List<CatalogueModel> hosted = of(Access.HOSTED, found);
        List<CatalogueModel> open = of(Access.OPEN, found);
        if (hosted.isEmpty()) return open.isEmpty() || !asked.question() ? "" : downloadable(open);
        boolean called = hosted.stream().allMatch(asked.query()::calls);
        if (!open.isEmpty()) {
            if (!asked.question()) return "";
            if (called) return publishers(hosted) + " " + downloadable(open);
            return downloadable(open) + " " + Text.plural(hosted.size(), "model")
                    + (hosted.size() == 1 ? " like that is" : " like that are") + " hosted only.";
        }
        // Whoever asks for hosted ones sees in the table that they are.
        if (!asked.question() && asked.query().access().equals(Set.of(Access.HOSTED))) return "";
        String no = asked.question() && nothingDownloadable() ? "No. " : "";
        String answer = no + (called ? publishers(hosted) : hostedOnly(hosted));
        String claims = claims();
        return claims.isEmpty() ? answer : answer + " But " + claims + ".";
    }

    /** That nothing was found, and what there is without the flags that left it out. */
    String nothing() {
        Query query = asked.query();
        boolean onlyOpen = query.access().equals(Set.of(Access.OPEN));
        String kind = query.access().isEmpty() ? "" : onlyOpen ? " downloadable" : " hosted";
        StringBuilder s = new StringBuilder(
                "nothing" + kind + " in the catalogue of " + asked.catalogue().date() + " is like that");
        if (asked.fits()) {
            int n = asked.like(query).size();
            if (n > 0) s.append(" and fits here; without --fits there ").append(count(n, "model"));
        }
        if (!query.access().isEmpty()) {
            int n = of(onlyOpen ? Access.HOSTED : Access.OPEN, asked.like(query.anywhere()))
                    .size();
            if (n > 0) s.append("; there ").append(count(n, onlyOpen ? "hosted model" : "downloadable model"));
        }
        String claims = claims();
        if (!claims.isEmpty()) s.append("; ").append(claims);
        return s.toString();
    }

    private static String count(int n, String noun) {
        return (n == 1 ? "is " : "are ") + Text.plural(n, noun);
    }

    private boolean nothingDownloadable() {
        return of(Access.OPEN, asked.like(asked.query().anywhere())).isEmpty();
    }

    private static List<CatalogueModel> of(Access access, List<CatalogueModel> models) {
        return models.stream().filter(m -> m.access() == access).toList();
    }

    /** Of models that were asked for by what they are called. */
    private String publishers(List<CatalogueModel> hosted) {
        Map<String, List<CatalogueModel>> byPublisher = new LinkedHashMap<>();
        for (CatalogueModel m : hosted) {
            byPublisher.computeIfAbsent(m.publisher(), p -> new ArrayList<>()).add(m);
        }
        List<String> sentences = new ArrayList<>();
        byPublisher.forEach((publisher, models) -> sentences.add(published(publisher, models)));
        return String.join(" ", sentences);
    }

    private String published(String publisher, List<CatalogueModel> models) {
        StringBuilder s = new StringBuilder();
        s.append(models.size() == 1 ? models.getFirst().title() + " is" : names(models) + " are");
        s.append(" hosted only: ").append(publisher).append(" does not publish the weights. Reach ");
        s.append(models.size() == 1 ? "it" : "the newest")
                .append(" with ")
                .append(newest(models).reach())
                .append('.');
        Set<String> nearest = new LinkedHashSet<>();
        for (CatalogueModel m : models) nearest.addAll(m.nearest());
        // What is near in general may lack what was asked for.
        List<CatalogueModel> candidates = nearest.stream()
                .flatMap(n -> access.find(n).stream())
                .filter(m ->
                        asked.query().anywhere().keeps(m) && asked.licence().test(m))
                .toList();
        List<String> alternatives = new ArrayList<>();
        // What runs here comes before what is nearer but does not.
        candidates.stream().filter(this::runsHere).limit(NAMED).forEach(m -> alternatives.add(alternative(m)));
        if (alternatives.isEmpty()) candidates.stream().limit(2).forEach(m -> alternatives.add(alternative(m)));
        if (!alternatives.isEmpty()) {
            s.append(" Nearest downloadable: ")
                    .append(String.join("; ", alternatives))
                    .append('.');
        }
        return s.toString();
    }

    /** Of models that were asked for by what they can do. */
    private String hostedOnly(List<CatalogueModel> hosted) {
        String are = hosted.size() == 1 ? " is" : " are";
        String first = nothingDownloadable() ? "Nothing downloadable in the catalogue is like that; " : "";
        return first + names(hosted) + are + " hosted only. Reach "
                + (hosted.size() == 1 ? "it" : "the newest") + " with "
                + newest(hosted).reach() + ".";
    }

    /** Downloadable models whose publishers claim more languages than they name, where none names the one asked for. */
    private String claims() {
        String code = asked.query().wantedLanguage();
        if (code == null || !nothingDownloadable()) return "";
        List<CatalogueModel> claiming = asked.like(asked.query().anywhere().inAnyLanguage()).stream()
                .filter(m -> m.access() == Access.OPEN && m.successor() == null && claimsMore(m.languageCount(), m))
                .sorted(Comparator.comparing(m -> !runsHere(m)))
                .limit(NAMED)
                .toList();
        if (claiming.isEmpty()) return "";
        String language = Locale.of(code).getDisplayLanguage(Locale.ENGLISH);
        List<String> those = claiming.stream()
                .map(m -> m.name() + " (" + m.languageCount() + " languages, " + room(m) + ")")
                .toList();
        return "some downloadable models claim more languages than they name, and " + language + " may be among them: "
                + String.join("; ", those);
    }

    private static boolean claimsMore(@Nullable Integer count, CatalogueModel m) {
        return count != null && count > m.languages().size();
    }

    private boolean runsHere(CatalogueModel m) {
        return here.best(m) != null && CatalogueAccess.runs(m);
    }

    private static CatalogueModel newest(List<CatalogueModel> models) {
        return models.stream()
                .max(Comparator.comparing(CatalogueModel::released, Comparator.nullsFirst(Comparator.naturalOrder())))
                .orElseThrow();
    }

    private String alternative(CatalogueModel m) {
        String licence = access.licences().named(m.licence()).id();
        return m.name() + " (by " + m.publisher() + ", " + licence + ", " + room(m) + ")";
    }

    private String room(CatalogueModel m) {
        ModelShape fits = here.best(m);
        return fits == null
                ? here.describe(m)
                : "fits here in " + fits.quantisation() + ", " + Text.bytes(fits.fileBytes());
    }

    private static String names(List<CatalogueModel> models) {
        List<String> titles =
                models.stream().map(CatalogueModel::title).limit(NAMED).toList();
        int more = models.size() - titles.size();
        return String.join(", ", titles) + (more > 0 ? " and " + more + " more" : "");
    }

    private String downloadable(List<CatalogueModel> open) {
        for (CatalogueModel m : open) {
            if (runsHere(m)) {
                return "Yes. " + m.name() + " (" + m.title() + ") can be downloaded under "
                        + access.licences().named(m.licence()).id() + " and "
                        + here.describe(m).replace("fits:", "fits here:")
                        + ": dalang pull " + m.name() + ".";
            }
        }
        CatalogueModel first = open.getFirst();
        String but;
        if (!CatalogueAccess.runs(first)) but = "this build does not run it yet";
        else if (first.parameters() == null) but = "whether it fits here is not known";
        else but = "it does not fit here (" + here.describe(first) + ")";
        return "Yes, " + first.name() + " can be downloaded, but " + but + ".";
    }
}
