package dev.dalang.server.ollama;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.hub.pull.Pulling;
import dev.dalang.hub.store.Digest;
import dev.dalang.hub.store.Importer;
import dev.dalang.hub.store.InstalledModel;
import dev.dalang.hub.store.Manifest;
import dev.dalang.hub.store.ModelBuilder;
import dev.dalang.server.ServedModels;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Fields;
import org.jspecify.annotations.Nullable;

/** What changes the store: {@code /api/pull}, {@code push}, {@code copy}, {@code delete} and {@code blobs}. */
final class StoreEndpoints {

    private static final byte[] NOTHING = {};

    /** More than any file of weights has; the disk says no before. */
    private static final long MOST_BLOB = 4L << 40;

    private final ServedModels models;
    private final ModelShelf shelf;
    private final @Nullable Pulling pulling;
    private final Runnable changed;

    /**
     * @param pulling null where this server may not go out
     * @param changed told after models came or went
     */
    StoreEndpoints(ServedModels models, ModelShelf shelf, @Nullable Pulling pulling, Runnable changed) {
        this.models = models;
        this.shelf = shelf;
        this.pulling = pulling;
        this.changed = changed;
    }

    void pull(Exchange x) {
        Fields f = x.fields();
        String model = RequestReader.name(f);
        boolean stream = f.flag("stream", true);
        f.refuseUnless("insecure", "false", "a registry without TLS is not spoken to");
        f.refuseUnless("username", "\"\"", "models are fetched without an account");
        f.refuseUnless("password", "\"\"", "models are fetched without an account");
        f.done();
        if (pulling == null) {
            throw new DalangException(new Failure.PermissionDenied("this server fetches no models; use dalang pull"));
        }
        StatusLines lines = new StatusLines(x, stream);
        // Whoever leaves ends it; what came in stays, and the next pull goes on from there.
        pulling.pull(model, lines, x.cancellation());
        changed.run();
        lines.success();
    }

    /** Always refused. */
    @SuppressWarnings("DoNotCallSuggester") // an endpoint like the others
    void push(Exchange x) {
        throw DalangException.unsupported(
                "models are not pushed to a registry from here; dalang export writes one as a file", "push");
    }

    void copy(Exchange x) {
        Fields f = x.fields();
        String source = f.requireText("source");
        String wanted = f.requireText("destination");
        f.done();
        Manifest.checkName(wanted);
        String destination = shelf.library().named(wanted);
        models.find(source, x.caller());
        InstalledModel m = shelf.library()
                .find(source)
                .orElseThrow(() -> new DalangException(
                        new Failure.ModelUnavailable("there is no model \"" + source + "\" in the store", source)));
        if (m.manifest() != null) shelf.store().copy(m.name(), destination);
        // What belongs to somebody else may change or go; a copy is a copy.
        else new Importer(shelf.store()).importFrom(m.path(), destination, n -> {});
        changed.run();
        x.send(200, "text/plain", NOTHING);
    }

    void delete(Exchange x) {
        Fields f = x.fields();
        String name = RequestReader.name(f);
        f.done();
        models.find(name, x.caller());
        Manifest m = shelf.own(name);
        models.unload(name, x.caller());
        shelf.store().remove(m.name());
        changed.run();
        x.send(200, "text/plain", NOTHING);
    }

    void hasBlob(Exchange x) {
        Digest digest = ModelBuilder.digest(x.pathParameter("digest"));
        x.send(shelf.store().has(digest) ? 200 : 404, "text/plain", NOTHING);
    }

    void uploadBlob(Exchange x) {
        Digest digest = ModelBuilder.digest(x.pathParameter("digest"));
        if (shelf.store().has(digest)) {
            x.send(200, "text/plain", NOTHING);
            return;
        }
        ModelBuilder.upload(shelf.store(), digest, x.body(MOST_BLOB));
        x.send(201, "text/plain", NOTHING);
    }
}
