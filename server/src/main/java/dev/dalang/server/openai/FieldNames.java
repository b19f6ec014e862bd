package dev.dalang.server.openai;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.util.List;
import java.util.function.Supplier;

/**
 * What a request calls the things that the doorway's failures name: every endpoint has words of its own for them.
 *
 * @param prompt the field that holds what is asked
 * @param format the field that holds the form of the answer
 */
public record FieldNames(String prompt, String format) {

    public static final FieldNames CHAT = new FieldNames("messages", "response_format");
    public static final FieldNames RESPONSES = new FieldNames("input", "text.format");
    static final FieldNames COMPLETIONS = new FieldNames("prompt", "response_format");
    static final FieldNames EMBEDDINGS = new FieldNames("input", "response_format");

    FieldNames withFormat(String field) {
        return new FieldNames(prompt, field);
    }

    /** Asks a model; where it refuses, the refusal names the request's own field. */
    public <T> T during(Supplier<T> ask) {
        try {
            return ask.get();
        } catch (DalangException e) {
            Failure named = named(e.failure());
            throw named == e.failure() ? e : new DalangException(named, e);
        }
    }

    /** Asks a model; where it refuses, the refusal names the request's own field. */
    public void during(Runnable ask) {
        during(() -> {
            ask.run();
            return true;
        });
    }

    private Failure named(Failure failure) {
        return switch (failure) {
            case Failure.InvalidRequest f
            when "tokens".equals(f.parameter()) -> new Failure.InvalidRequest(f.message(), prompt);
            case Failure.InvalidRequest f
            when "response_format".equals(f.parameter()) -> new Failure.InvalidRequest(f.message(), format);
            case Failure.Unsupported f
            when List.of("chat", "embeddings").contains(f.feature()) -> new Failure.Unsupported(f.message(), "model");
            default -> failure;
        };
    }
}
