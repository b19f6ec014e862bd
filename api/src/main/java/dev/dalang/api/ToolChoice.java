package dev.dalang.api;

import java.util.List;

/** Whether and which tools a model must call. */
public sealed interface ToolChoice {

    /** As it sees fit. */
    record Auto() implements ToolChoice {}

    /** None, though they are declared. */
    record None() implements ToolChoice {}

    /** At least one. */
    record Required() implements ToolChoice {}

    /**
     * Only these.
     *
     * @param required at least one of them; otherwise as it sees fit
     */
    record Named(List<String> names, boolean required) implements ToolChoice {
        public Named {
            names = List.copyOf(names);
            if (names.isEmpty()) throw Checks.invalid("tool_choice", "tool_choice must name at least one tool");
        }

        public Named(List<String> names) {
            this(names, true);
        }
    }
}
