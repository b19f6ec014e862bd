package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.arch.Families;
import dev.dalang.hub.catalogue.Catalogue;
import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.catalogue.CatalogueModel.Access;
import dev.dalang.hub.catalogue.CatalogueModel.PublishedFile;
import dev.dalang.hub.catalogue.Catalogues;
import dev.dalang.hub.catalogue.Signatures;
import dev.dalang.hub.licence.Licences;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The catalogue and the list of licences, as this invocation is configured. */
final class CatalogueAccess {

    private final Surroundings around;
    private @Nullable Catalogues catalogues;
    private @Nullable Licences licences;

    CatalogueAccess(Surroundings around) {
        this.around = around;
    }

    Catalogues catalogues() {
        if (catalogues == null) {
            List<String> keys = new ArrayList<>(List.of(Signatures.PROJECT_KEY));
            Configuration.Given own = Configuration.read(around).get(Setting.CATALOGUE_KEY);
            if (own != null && !own.value().isEmpty()) keys.add(own.value());
            catalogues = new Catalogues(around.home(), new Signatures(keys));
            String warning = catalogues.current().warning();
            if (warning != null) around.say(warning);
        }
        return catalogues;
    }

    Catalogue catalogue() {
        return catalogues().current().catalogue();
    }

    Licences licences() {
        if (licences == null) {
            Licences bundled = Licences.bundled();
            try {
                licences = bundled.with(catalogue());
            } catch (DalangException e) {
                around.say(e.failure().message() + "; the licences that came with this build are used");
                licences = bundled;
            }
        }
        return licences;
    }

    Optional<CatalogueModel> find(String name) {
        return catalogue().find(name);
    }

    /**
     * A model that can be downloaded.
     *
     * @throws DalangException (model unavailable) when it is hosted only, or nobody knows it
     */
    CatalogueModel downloadable(String name) {
        CatalogueModel m = find(name).orElseThrow(() -> unknown(name));
        if (m.access() == Access.HOSTED) throw hostedOnly(m);
        return m;
    }

    static DalangException hostedOnly(CatalogueModel m) {
        return new DalangException(new Failure.ModelUnavailable(
                m.title() + " is hosted only: " + m.publisher() + " does not publish its weights; reach it with "
                        + m.reach() + "; nearest downloadable: " + String.join(", ", m.nearest()),
                m.name()));
    }

    DalangException unknown(String name) {
        List<String> near = catalogue().near(name);
        String hint = near.isEmpty()
                ? "`dalang search` lists what there is"
                : "there is " + String.join(", ", near.subList(0, Math.min(6, near.size())));
        return new DalangException(
                new Failure.ModelUnavailable("no model named " + name + " here or in the catalogue; " + hint, name));
    }

    /**
     * What to fetch for a name: its file in a quantisation, or in the one that most people take.
     *
     * @param quantisation null for the default
     * @return a reference that `pull` understands, or null when the catalogue knows the publisher's repository only
     */
    static @Nullable PublishedFile file(CatalogueModel m, @Nullable String quantisation) {
        List<String> wanted = quantisation == null
                ? List.of("Q4_K_M", "UD-Q4_K_M", "UD-Q4_K_XL", "MXFP4", "Q4_0", "Q5_K_M", "Q8_0")
                : List.of(quantisation);
        for (String q : wanted) {
            for (PublishedFile f : m.files()) if (f.quantisation().equalsIgnoreCase(q)) return f;
        }
        return quantisation == null && !m.files().isEmpty() ? m.files().getFirst() : null;
    }

    /** Whether this build can run the family. */
    static boolean runs(CatalogueModel m) {
        return m.architecture() != null && Families.knows(m.architecture());
    }
}
