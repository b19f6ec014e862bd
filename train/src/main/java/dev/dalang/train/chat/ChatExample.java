package dev.dalang.train.chat;

import dev.dalang.api.Message;
import dev.dalang.api.Tool;
import java.util.List;

/** One example of how a model should answer. */
public sealed interface ChatExample {

    /** Where it begins in its file, from 1. */
    long line();

    /**
     * A conversation, some of whose assistant's turns are to be learned.
     *
     * @param messages the last one is an assistant's
     * @param tools that the assistant could call
     * @param asked indices of the messages that are to be learned, ascending
     */
    record Conversation(long line, List<Message> messages, List<Tool> tools, List<Integer> asked)
            implements ChatExample {
        public Conversation {
            messages = List.copyOf(messages);
            tools = List.copyOf(tools);
            asked = List.copyOf(asked);
        }
    }

    /**
     * Two ways to go on, one of which is better.
     *
     * @param prompt what both go on from
     * @param chosen the better one
     * @param rejected the other; both end with an assistant's message
     */
    record Preference(long line, List<Message> prompt, List<Tool> tools, List<Message> chosen, List<Message> rejected)
            implements ChatExample {
        public Preference {
            prompt = List.copyOf(prompt);
            tools = List.copyOf(tools);
            chosen = List.copyOf(chosen);
            rejected = List.copyOf(rejected);
        }
    }
}
