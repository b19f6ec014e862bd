package dev.dalang.ledger;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * That a model came into the store, and from where.
 *
 * @param who the user's name on this machine
 * @param at to the millisecond
 * @param model its name in the store
 * @param kind of the place, like {@code huggingface} or {@code ollama}
 * @param location repository, address or path
 * @param revision commit or manifest digest that the name stood for, where the place has such
 * @param files what came
 */
public record Pull(
        String who,
        Instant at,
        String model,
        String kind,
        String location,
        @Nullable String revision,
        List<File> files) {

    /** @param digest {@code sha256:…} of the bytes, as checked on arrival */
    public record File(String name, String digest, long bytes) {}

    public Pull {
        files = List.copyOf(files);
    }
}
