package dev.dalang.hub.pull;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.hub.catalogue.Catalogue;
import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.fetch.Source;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a user's word for a model stands for.
 *
 * @param source to fetch it from
 * @param name that a model of the catalogue has in the store; null for the source's own
 * @param reference the source in words, where the word was a name of the catalogue; else null
 */
public record Place(
        Source source, @Nullable String name, @Nullable String reference) {

    /**
     * Reads a place, or a name of the catalogue, which knows a place.
     *
     * @param quantisation which of a catalogue's model; null for the customary one
     * @throws DalangException (model unavailable) if it is neither, or hosted only
     */
    public static Place of(String model, @Nullable String quantisation, Catalogue catalogue) {
        Optional<Source> place = Source.parse(model);
        if (place.isPresent()) return new Place(place.get(), null, null);
        CatalogueModel known = catalogue.find(model).orElseThrow(() -> nowhere(model));
        if (known.access() == CatalogueModel.Access.HOSTED) throw hostedOnly(known);
        CatalogueModel.PublishedFile file = file(known, quantisation);
        if (file == null && quantisation != null) {
            throw DalangException.invalidRequest(
                    "the catalogue knows no " + quantisation + " of " + known.name() + "; `dalang show " + known.name()
                            + "` lists what it knows",
                    "quant");
        }
        String reference = file != null ? file.reference() : String.valueOf(known.weights());
        Source source = Source.parse(reference)
                .orElseThrow(() -> new IllegalStateException("the catalogue names no place: " + reference));
        return new Place(source, known.name(), reference);
    }

    private static DalangException nowhere(String model) {
        return new DalangException(new Failure.ModelUnavailable(
                model + " names no place to fetch a model from, nor a model of the catalogue; such look like"
                        + " hf.co/OWNER/REPO:Q4_K_M, ollama://MODEL:TAG, docker.io/ai/MODEL or https://HOST/FILE.gguf,"
                        + " and `dalang search` lists the catalogue",
                model));
    }

    public static DalangException hostedOnly(CatalogueModel m) {
        return new DalangException(new Failure.ModelUnavailable(
                m.title() + " is hosted only: " + m.publisher() + " does not publish its weights; reach it with "
                        + m.reach() + "; nearest downloadable: " + String.join(", ", m.nearest()),
                m.name()));
    }

    /**
     * What to fetch for a name: its file in a quantisation, or in the one that most people take.
     *
     * @param quantisation null for the default
     * @return null when the catalogue knows the publisher's repository only
     */
    public static CatalogueModel.@Nullable PublishedFile file(CatalogueModel m, @Nullable String quantisation) {
        List<String> wanted = quantisation == null
                ? List.of("Q4_K_M", "UD-Q4_K_M", "UD-Q4_K_XL", "MXFP4", "Q4_0", "Q5_K_M", "Q8_0")
                : List.of(quantisation);
        for (String q : wanted) {
            for (CatalogueModel.PublishedFile f : m.files())
                if (f.quantisation().equalsIgnoreCase(q)) return f;
        }
        return quantisation == null && !m.files().isEmpty() ? m.files().getFirst() : null;
    }
}
