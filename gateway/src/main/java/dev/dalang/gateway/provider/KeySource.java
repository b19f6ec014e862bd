package dev.dalang.gateway.provider;

import dev.dalang.api.DalangException;

/** Where a provider's key is; the key itself is in no configuration. */
public sealed interface KeySource {

    /** In a variable of the environment. */
    record Environment(String variable) implements KeySource {}

    /** In the operating system's store of secrets. */
    record SystemStore() implements KeySource {}

    /** In a file of its own that only its owner may read. */
    record PrivateFile() implements KeySource {}

    /** Nowhere: the server asks for none. */
    record NoKey() implements KeySource {}

    /** As in the configuration: {@code environment:NAME}, {@code store}, {@code file} or {@code none}. */
    default String word() {
        return switch (this) {
            case Environment e -> "environment:" + e.variable();
            case SystemStore s -> "store";
            case PrivateFile f -> "file";
            case NoKey n -> "none";
        };
    }

    /** @throws DalangException when the word is none of the four */
    static KeySource of(String word) {
        if (word.startsWith("environment:")) {
            String variable = word.substring("environment:".length());
            if (variable.matches("[A-Za-z_][A-Za-z0-9_]{0,127}")) return new Environment(variable);
        }
        return switch (word) {
            case "store" -> new SystemStore();
            case "file" -> new PrivateFile();
            case "none" -> new NoKey();
            default ->
                throw DalangException.invalidRequest(
                        "a key is at environment:VARIABLE, store, file or none, not at \"" + word + "\"", "key");
        };
    }
}
