package dev.dalang.server.ollama;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.hub.store.InstalledModel;
import dev.dalang.hub.store.Library;
import dev.dalang.hub.store.Manifest;
import dev.dalang.hub.store.Store;
import dev.dalang.server.preset.Preset;

/** The store behind the endpoints that change what is in it. */
final class ModelShelf {

    private final Library library;

    ModelShelf(Library library) {
        this.library = library;
    }

    Store store() {
        return library.store();
    }

    Library library() {
        return library;
    }

    /** What a model brings along; nothing for models that are not the store's. */
    Preset preset(String name) {
        Manifest m = library.find(name).map(InstalledModel::manifest).orElse(null);
        return m == null ? Preset.NONE : Preset.of(library.store(), m);
    }

    /**
     * A model that may be changed.
     *
     * @throws DalangException (permission denied) if it belongs to another tool or to the program
     */
    Manifest own(String name) {
        InstalledModel m = library.find(name)
                .orElseThrow(() -> new DalangException(
                        new Failure.ModelUnavailable("there is no model \"" + name + "\" in the store", name)));
        if (m.manifest() != null) return m.manifest();
        throw new DalangException(new Failure.PermissionDenied(m.name()
                + (m.holder() == InstalledModel.Holder.BUILT_IN ? " is built in" : " belongs to another program")
                + " and is not the store's to change"));
    }
}
