package dev.dalang.pagetest;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatModel;
import dev.dalang.api.DalangException;
import dev.dalang.api.EmbeddingModel;
import dev.dalang.api.Failure;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.engine.generate.LocalModel;
import dev.dalang.engine.generate.SchedulerStats;
import dev.dalang.engine.manage.LoadedModel;
import dev.dalang.mini.BuiltIn;
import dev.dalang.server.ServedModel;
import dev.dalang.server.ServedModels;
import dev.dalang.server.guard.Caller;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Two models that say what a test wants, and the one that comes with Dalang, which is real. */
final class Models implements ServedModels, AutoCloseable {

    static final String SCRIPTED = "scripted:1b";
    static final String OTHER = "other:2b";

    final ScriptedModel scripted = new ScriptedModel(SCRIPTED);
    final ScriptedModel other = new ScriptedModel(OTHER);
    private final LocalModel mini;
    private final Path file;

    Models(Path home) {
        BuiltIn builtIn = BuiltIn.shipped().orElseThrow();
        this.file = builtIn.file(home);
        this.mini = LocalModel.open(file, LoadOptions.DEFAULT);
    }

    SchedulerStats miniStats() {
        return mini.stats();
    }

    @Override
    public ChatModel chat(String name, @Nullable Duration keepAlive, Caller caller) {
        return switch (name) {
            case SCRIPTED -> scripted;
            case OTHER -> other;
            case BuiltIn.NAME -> mini;
            default -> throw unknown(name);
        };
    }

    private static DalangException unknown(String name) {
        return new DalangException(new Failure.ModelUnavailable("there is no model named " + name, name));
    }

    @Override
    public EmbeddingModel embedding(String name, @Nullable Duration keepAlive, Caller caller) {
        throw unknown(name);
    }

    @Override
    public List<ServedModel> list(Caller caller) {
        List<ServedModel> all = new ArrayList<>();
        all.add(new ServedModel(
                BuiltIn.NAME,
                ServedModel.Kind.BUILT_IN,
                11_000_000,
                null,
                Instant.EPOCH,
                "llama",
                "gguf",
                "Q8_0",
                11_500_000L,
                1024,
                Set.of("completion"),
                "dalang"));
        for (String name : List.of(SCRIPTED, OTHER)) {
            all.add(new ServedModel(
                    name,
                    ServedModel.Kind.LOCAL,
                    1_100_000_000,
                    null,
                    Instant.EPOCH,
                    "llama",
                    "gguf",
                    "Q4_K_M",
                    1_000_000_000L,
                    8192,
                    Set.of("completion", "tools", "thinking"),
                    "test"));
        }
        return all;
    }

    @Override
    public ServedModel find(String name, Caller caller) {
        return list(caller).stream()
                .filter(m -> m.name().equals(name))
                .findFirst()
                .orElseThrow(() -> unknown(name));
    }

    @Override
    public Path file(String name, Caller caller) {
        if (!name.equals(BuiltIn.NAME)) throw unknown(name);
        return file;
    }

    @Override
    public <T> T withLocal(String name, Caller caller, Cancellation cancellation, Function<? super LocalModel, T> use) {
        if (!name.equals(BuiltIn.NAME)) throw unknown(name);
        return use.apply(mini);
    }

    @Override
    public void load(String name, @Nullable Duration keepAlive, Caller caller, Cancellation cancellation) {
        find(name, caller);
    }

    @Override
    public boolean unload(String name, Caller caller) {
        return find(name, caller).kind() == ServedModel.Kind.LOCAL;
    }

    @Override
    public List<LoadedModel> loaded(Caller caller) {
        List<LoadedModel> all = new ArrayList<>();
        for (ServedModel m : list(caller)) {
            all.add(new LoadedModel(m.name(), LoadedModel.State.READY, m.bytes(), 0, false, Duration.ofMinutes(5)));
        }
        return all;
    }

    @Override
    public void close() {
        mini.close();
    }
}
