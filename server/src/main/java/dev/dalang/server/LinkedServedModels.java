package dev.dalang.server;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatModel;
import dev.dalang.api.DalangException;
import dev.dalang.api.EmbeddingModel;
import dev.dalang.api.Failure;
import dev.dalang.engine.generate.LocalModel;
import dev.dalang.engine.manage.LoadedModel;
import dev.dalang.server.guard.Caller;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The models of this machine and those elsewhere behind one list of names, each with the links that belong around it. */
public final class LinkedServedModels implements ServedModels {

    private final ServedModels local;
    private final Links links;
    private final String dialect;

    public LinkedServedModels(ServedModels local, Links links) {
        this(local, links, "server");
    }

    private LinkedServedModels(ServedModels local, Links links, String dialect) {
        this.local = local;
        this.links = links;
        this.dialect = dialect;
    }

    @Override
    public ServedModels in(String spoken) {
        return new LinkedServedModels(local, links, spoken);
    }

    @Override
    public ChatModel chat(String name, @Nullable Duration keepAlive, Caller caller) {
        if (isElsewhere(name, caller)) return links.chat(name, keepAlive, caller, dialect);
        return links.around(local.chat(name, keepAlive, caller), local.find(name, caller), caller, dialect);
    }

    @Override
    public EmbeddingModel embedding(String name, @Nullable Duration keepAlive, Caller caller) {
        if (isElsewhere(name, caller)) return links.embedding(name, caller);
        return links.around(local.embedding(name, keepAlive, caller));
    }

    @Override
    public List<ServedModel> list(Caller caller) {
        List<ServedModel> all = new ArrayList<>(local.list(caller));
        for (ServedModel m : links.list()) if (caller.mayUse(m.name())) all.add(m);
        return all;
    }

    @Override
    public ServedModel find(String name, Caller caller) {
        return isElsewhere(name, caller) ? links.find(name) : local.find(name, caller);
    }

    @Override
    public Path file(String name, Caller caller) {
        requireHere(name, caller);
        return local.file(name, caller);
    }

    @Override
    public <T> T withLocal(String name, Caller caller, Cancellation cancellation, Function<? super LocalModel, T> use) {
        requireHere(name, caller);
        return local.withLocal(name, caller, cancellation, use);
    }

    @Override
    public void load(String name, @Nullable Duration keepAlive, Caller caller, Cancellation cancellation) {
        // A hosted model is always there.
        if (!isElsewhere(name, caller)) local.load(name, keepAlive, caller, cancellation);
    }

    @Override
    public boolean unload(String name, Caller caller) {
        return !isElsewhere(name, caller) && local.unload(name, caller);
    }

    @Override
    public List<LoadedModel> loaded(Caller caller) {
        return local.loaded(caller);
    }

    /** A key that may not use a name learns nothing of it: the local list says that there is no such model. */
    private boolean isElsewhere(String name, Caller caller) {
        return links.knows(name) && caller.mayUse(name);
    }

    private void requireHere(String name, Caller caller) {
        if (!isElsewhere(name, caller)) return;
        throw new DalangException(new Failure.Unsupported(
                name + " does not run on this machine, and this needs the model itself", "model"));
    }
}
