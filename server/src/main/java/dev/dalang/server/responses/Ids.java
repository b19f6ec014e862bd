package dev.dalang.server.responses;

import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Names of responses and items. Those made here can be told from a provider's, which it wants back and others do not. */
final class Ids {

    private static final Pattern OWN = Pattern.compile("[a-z]+_dl[0-9a-f]{32}");

    private Ids() {}

    /** @param kind like {@code resp}, {@code msg}, {@code fc} */
    static String next(String kind) {
        return kind + "_dl" + UUID.randomUUID().toString().replace("-", "");
    }

    /** The provider's own id of an item; null where there is none. */
    static @Nullable String ofProvider(@Nullable String id) {
        return id == null || OWN.matcher(id).matches() ? null : id;
    }
}
