package dev.dalang.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the answer must look like. All but {@link Text} constrain the tokens that may be sampled. */
public sealed interface ResponseFormat {

    /** Anything. */
    record Text() implements ResponseFormat {}

    /** Some JSON object. */
    record JsonObject() implements ResponseFormat {}

    /**
     * JSON that matches a schema.
     *
     * @param name the caller's name of the schema, or null
     * @param schema the JSON Schema
     * @param strict refuse a schema that cannot be enforced to the letter; null is the model's default
     */
    record JsonSchema(
            @Nullable String name, String schema, @Nullable Boolean strict) implements ResponseFormat {
        public JsonSchema {
            if (schema.isBlank()) throw Checks.invalid("response_format", "response_format holds no schema");
        }
    }

    /** A grammar in llama.cpp's GBNF notation. */
    record Grammar(String gbnf) implements ResponseFormat {
        public Grammar {
            if (gbnf.isBlank()) throw Checks.invalid("grammar", "grammar must not be empty");
        }
    }

    /** The whole answer matches this regular expression. */
    record Regex(String pattern) implements ResponseFormat {
        public Regex {
            Checks.notEmpty("regex", pattern);
        }
    }

    /** The whole answer is one of these. */
    record Choice(List<String> options) implements ResponseFormat {
        public Choice {
            options = List.copyOf(options);
            if (options.isEmpty()) throw Checks.invalid("choice", "choice must offer at least one option");
            for (String o : options) Checks.notEmpty("choice", o);
        }
    }
}
