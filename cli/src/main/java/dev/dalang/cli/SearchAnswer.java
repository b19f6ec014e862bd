package dev.dalang.cli;

import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.catalogue.CatalogueModel.Access;
import dev.dalang.hub.fit.ModelShape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** "Can I download ChatGPT?", answered in sentences. */
final class SearchAnswer {

    private final CatalogueAccess access;
    private final FitsHere here;

    SearchAnswer(CatalogueAccess access, FitsHere here) {
        this.access = access;
        this.here = here;
    }

    /** Empty when there is nothing to say that the table does not. */
    String to(List<CatalogueModel> found) {
        List<CatalogueModel> hosted =
                found.stream().filter(m -> m.access() == Access.HOSTED).toList();
        List<CatalogueModel> open =
                found.stream().filter(m -> m.access() == Access.OPEN).toList();
        if (found.isEmpty()) return "";
        if (hosted.isEmpty()) return downloadable(open);
        StringBuilder answer = new StringBuilder();
        Map<String, List<CatalogueModel>> byPublisher = new LinkedHashMap<>();
        for (CatalogueModel m : hosted) {
            byPublisher.computeIfAbsent(m.publisher(), p -> new ArrayList<>()).add(m);
        }
        byPublisher.forEach((publisher, models) -> answer.append(hosted(publisher, models, open)));
        if (!open.isEmpty()) answer.append(' ').append(downloadable(open));
        return answer.toString();
    }

    private String hosted(String publisher, List<CatalogueModel> models, List<CatalogueModel> open) {
        CatalogueModel newest = models.stream()
                .max(Comparator.comparing(CatalogueModel::released, Comparator.nullsFirst(Comparator.naturalOrder())))
                .orElseThrow();
        StringBuilder s = new StringBuilder(open.isEmpty() ? "No. " : "");
        s.append(models.size() == 1 ? models.getFirst().title() + " is" : names(models) + " are");
        s.append(" hosted only: ").append(publisher).append(" does not publish the weights. Reach ");
        s.append(models.size() == 1 ? "it" : "the newest")
                .append(" with ")
                .append(newest.reach())
                .append('.');
        List<String> alternatives = new ArrayList<>();
        Set<String> nearest = new LinkedHashSet<>();
        for (CatalogueModel m : models) nearest.addAll(m.nearest());
        List<CatalogueModel> candidates =
                nearest.stream().flatMap(n -> access.find(n).stream()).toList();
        // What runs here comes before what is nearer but does not.
        candidates.stream()
                .filter(m -> here.best(m) != null && CatalogueAccess.runs(m))
                .limit(3)
                .forEach(m -> alternatives.add(alternative(m)));
        if (alternatives.isEmpty()) candidates.stream().limit(2).forEach(m -> alternatives.add(alternative(m)));
        s.append(" Nearest downloadable: ")
                .append(String.join("; ", alternatives))
                .append('.');
        return s.toString();
    }

    private String alternative(CatalogueModel m) {
        String licence = access.licences().named(m.licence()).id();
        ModelShape fits = here.best(m);
        String room = fits == null
                ? here.describe(m)
                : "fits here in " + fits.quantisation() + ", " + Text.bytes(fits.fileBytes());
        return m.name() + " (by " + m.publisher() + ", " + licence + ", " + room + ")";
    }

    private static String names(List<CatalogueModel> models) {
        List<String> titles =
                models.stream().map(CatalogueModel::title).limit(3).toList();
        int more = models.size() - titles.size();
        return String.join(", ", titles) + (more > 0 ? " and " + more + " more" : "");
    }

    private String downloadable(List<CatalogueModel> open) {
        CatalogueModel first = open.getFirst();
        for (CatalogueModel m : open) {
            if (here.best(m) != null && CatalogueAccess.runs(m)) {
                return "Yes. " + m.name() + " (" + m.title() + ") can be downloaded under "
                        + access.licences().named(m.licence()).id() + " and "
                        + here.describe(m).replace("fits:", "fits here:")
                        + ": dalang pull " + m.name() + ".";
            }
        }
        return "Yes, " + first.name() + " can be downloaded, but it does not fit here (" + here.describe(first) + ").";
    }
}
