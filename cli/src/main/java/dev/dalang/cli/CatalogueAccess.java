package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.arch.Families;
import dev.dalang.hub.catalogue.Catalogue;
import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.catalogue.CatalogueModel.Access;
import dev.dalang.hub.catalogue.Catalogues;
import dev.dalang.hub.catalogue.Signatures;
import dev.dalang.hub.licence.Licences;
import dev.dalang.hub.pull.Place;
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
        if (m.access() == Access.HOSTED) throw Place.hostedOnly(m);
        return m;
    }

    DalangException unknown(String name) {
        List<String> near = catalogue().near(name);
        String hint = near.isEmpty()
                ? "`dalang search` lists what there is"
                : "there is " + String.join(", ", near.subList(0, Math.min(6, near.size())));
        return new DalangException(
                new Failure.ModelUnavailable("no model named " + name + " here or in the catalogue; " + hint, name));
    }

    /** Whether this build can run the family. */
    static boolean runs(CatalogueModel m) {
        return m.architecture() != null && Families.knows(m.architecture());
    }
}
