package dev.dalang.api;

import java.util.Arrays;
import java.util.List;

/** What a model is asked to go on from. */
public sealed interface Prompt {

    /**
     * Messages, rendered by the model's chat template.
     *
     * @param messages in order, at least one
     * @param continueLast the last message is an assistant's and the answer continues it (prefill), instead of opening
     *     a turn of its own; the answer holds only what is new
     */
    record Conversation(List<Message> messages, boolean continueLast) implements Prompt {
        public Conversation {
            messages = List.copyOf(messages);
            if (messages.isEmpty()) throw Checks.invalid("messages", "messages must hold at least one message");
            if (continueLast && messages.getLast().role() != Role.ASSISTANT) {
                throw Checks.invalid("messages", "only an assistant message can be continued, and the last is none");
            }
        }

        public Conversation(List<Message> messages) {
            this(messages, false);
        }
    }

    /** Text as it is, without a chat template; the tokenizer adds its begin-of-text mark where the model wants one. */
    record Raw(String text) implements Prompt {}

    /** Token ids as they are; nothing is added. */
    @SuppressWarnings("ArrayRecordComponent") // copied on the way in and out, compared by content
    record Tokens(int[] ids) implements Prompt {
        public Tokens {
            ids = ids.clone();
            for (int id : ids) {
                if (id < 0) throw Checks.invalid("prompt", "prompt holds the negative token id " + id);
            }
        }

        @Override
        public int[] ids() {
            return ids.clone();
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Tokens t && Arrays.equals(ids, t.ids);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(ids);
        }

        @Override
        public String toString() {
            return "Tokens" + Arrays.toString(ids);
        }
    }

    /** The answer belongs between these two texts (fill in the middle), for models trained for it. */
    record Infill(String prefix, String suffix) implements Prompt {}

    /** A conversation of one user message. */
    static Prompt user(String text) {
        return new Conversation(List.of(Message.user(text)));
    }
}
