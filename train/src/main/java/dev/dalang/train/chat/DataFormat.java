package dev.dalang.train.chat;

import dev.dalang.api.DalangException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The forms in which examples are written. */
public enum DataFormat {
    /** OpenAI's: {@code {"messages": [{"role": "user", "content": "…"}, …], "tools": […]}}. */
    MESSAGES,
    /** Stanford Alpaca's: {@code {"instruction": "…", "input": "…", "output": "…"}}. */
    ALPACA,
    /** ShareGPT's: {@code {"conversations": [{"from": "human", "value": "…"}, …]}}. */
    SHAREGPT,
    /** Pairs for DPO: {@code {"prompt": …, "chosen": …, "rejected": …}}, each a text or messages. */
    PREFERENCES;

    /** The word for flags. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws DalangException (invalid request) naming what there is */
    public static DataFormat ofName(String name) {
        for (DataFormat f : values()) if (f.word().equals(name.toLowerCase(Locale.ROOT))) return f;
        String all = Arrays.stream(values()).map(DataFormat::word).collect(Collectors.joining(", "));
        throw DalangException.invalidRequest("no data format is called '" + name + "'; there are " + all, "format");
    }

    /** By the fields of an example, or null where it has those of none. */
    static @Nullable DataFormat of(Map<?, ?> example) {
        if (example.containsKey("chosen") && example.containsKey("rejected")
                || example.containsKey("preferred_output")) {
            return PREFERENCES;
        }
        if (example.get("messages") instanceof List<?>) return MESSAGES;
        if (example.get("conversations") instanceof List<?>) return SHAREGPT;
        if (example.containsKey("instruction") && example.containsKey("output")) return ALPACA;
        return null;
    }
}
