package dev.dalang.server.openai;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.Truncation;
import dev.dalang.server.http.Fields;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Fields that OpenAI's endpoints share, and the limits that they keep. */
public final class CommonFields {

    static final int MOST_CHOICES = 128;
    public static final int MOST_LOGPROBS = 20;

    private static final int MOST_STOPS = 64;
    private static final int MOST_LABELS = 16;
    private static final int LONGEST_LABEL = 64;
    private static final int LONGEST_VALUE = 512;

    private CommonFields() {}

    /**
     * {@code service_tier}, {@code user} or {@code safety_identifier}, {@code metadata}, {@code truncation},
     * {@code chat_template_kwargs}.
     */
    public static void read(Fields in, ChatRequest.Builder request) {
        String user = in.text("user");
        String identifier = in.text("safety_identifier");
        request.serviceTier(in.word("service_tier", List.of("auto", "default", "flex", "scale", "priority", "fast")))
                .user(identifier != null ? identifier : user)
                .metadata(metadata(in))
                .truncation(truncation(in))
                .templateArguments(templateArguments(in));
    }

    static Truncation truncation(Fields in) {
        String word = in.word("truncation", List.of("auto", "disabled"));
        return "auto".equals(word) ? Truncation.DROP_OLDEST : Truncation.REFUSE;
    }

    /** Variables of the chat template, by vLLM's and llama.cpp's name. */
    private static Map<String, String> templateArguments(Fields in) {
        Map<String, String> arguments = new LinkedHashMap<>();
        Fields given = in.object("chat_template_kwargs");
        if (given != null) given.rest(arguments::put);
        return arguments;
    }

    /** @throws dev.dalang.api.DalangException if there are more, or longer ones, than OpenAI takes */
    public static Map<String, String> metadata(Fields in) {
        Map<String, String> labels = in.textMap("metadata");
        if (labels.size() > MOST_LABELS) throw in.invalid("metadata", "may have " + MOST_LABELS + " keys");
        labels.forEach((key, value) -> {
            if (key.length() > LONGEST_LABEL || value.length() > LONGEST_VALUE) {
                throw in.invalid(
                        "metadata",
                        "may have keys of " + LONGEST_LABEL + " and values of " + LONGEST_VALUE + " characters");
            }
        });
        return labels;
    }

    static List<String> stop(Fields in) {
        List<String> stop = in.textOrTexts("stop");
        if (stop.size() > MOST_STOPS) {
            throw in.invalid("stop", "may hold " + MOST_STOPS + " strings, not " + stop.size());
        }
        return stop;
    }

    /** Members that are handed on as they are. */
    public static Map<String, String> extensions(Fields in, List<String> names) {
        Map<String, String> found = new LinkedHashMap<>();
        for (String name : names) {
            String json = in.json(name);
            if (json != null) found.put(name, json);
        }
        return found;
    }

    /** Whether a stream is to end with its token counts. */
    static boolean includeUsage(Fields in, boolean stream) {
        Fields options = streamOptions(in, stream);
        return options != null && options.flag("include_usage", false);
    }

    /** {@code stream_options} with what is not done refused; null where it is absent. */
    public static @Nullable Fields streamOptions(Fields in, boolean stream) {
        Fields options = in.object("stream_options");
        if (options == null) return null;
        if (!stream) throw in.invalid("stream_options", "is only for stream: true");
        options.refuseUnless("include_obfuscation", "false", "chunks are sent as they are");
        return options;
    }

    public static ReasoningOptions.@Nullable Effort effort(Fields in, String name) {
        List<String> words = java.util.Arrays.stream(ReasoningOptions.Effort.values())
                .map(e -> e.name().toLowerCase(Locale.ROOT))
                .toList();
        String word = in.word(name, words);
        return word == null ? null : ReasoningOptions.Effort.valueOf(word.toUpperCase(Locale.ROOT));
    }

    /** A whole number within bounds. */
    public static int between(Fields in, String name, int least, int most, int otherwise) {
        int value = in.integer(name, otherwise);
        if (value < least || value > most) {
            throw in.invalid(name, "must be " + least + " to " + most + ", not " + value);
        }
        return value;
    }
}
