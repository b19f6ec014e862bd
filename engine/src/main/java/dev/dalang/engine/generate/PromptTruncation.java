package dev.dalang.engine.generate;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Message;
import dev.dalang.api.Prompt;
import dev.dalang.api.Role;
import dev.dalang.engine.generate.PromptEncoder.Encoded;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** A prompt that is too long, made shorter because the request asked for that, with a report of what was left out. */
final class PromptTruncation {

    /** Of the context, what an answer gets whose length the request does not say, and what it gets at most. */
    private static final int USUAL_SHARE = 4;

    private static final int LARGEST_SHARE = 2;

    private final ChatRequest request;
    private final Encoded whole;
    private final int limit;
    private final Function<Prompt.Conversation, Encoded> render;

    /**
     * @param whole what the prompt would be
     * @param limit positions for prompt and answer
     * @param render makes a prompt of what is left of a conversation
     */
    PromptTruncation(ChatRequest request, Encoded whole, int limit, Function<Prompt.Conversation, Encoded> render) {
        this.request = request;
        this.whole = whole;
        this.limit = limit;
        this.render = render;
    }

    /** @param first tokens that stay at the beginning of a prompt which is no conversation */
    Encoded shorter(int first) {
        return request.prompt() instanceof Prompt.Conversation c ? withoutOldTurns(c) : withoutBeginning(first);
    }

    /** What the prompt may take, with room for an answer. */
    private int target() {
        int wanted = request.maxTokens() == null ? limit / USUAL_SHARE : request.maxTokens();
        return limit - Math.clamp(wanted, 1, Math.max(1, limit / LARGEST_SHARE));
    }

    private Encoded withoutBeginning(int first) {
        int target = target();
        if (target <= first) throw notEnough(whole.ids().length);
        int[] ids = Arrays.copyOf(whole.ids(), target);
        int dropped = whole.ids().length - target;
        System.arraycopy(whole.ids(), first + dropped, ids, first, target - first);
        Map<String, String> details = new LinkedHashMap<>();
        details.put("dropped_tokens", Integer.toString(dropped));
        return reported(
                new Encoded(ids, whole.text(), whole.notices(), whole.language()),
                details,
                "its first " + dropped + " tokens were");
    }

    private Encoded withoutOldTurns(Prompt.Conversation conversation) {
        List<Integer> turns = turns(conversation.messages());
        // The fewest turns that must go; a conversation without more of them is never longer.
        int low = 1;
        int high = turns.size() - 1;
        Encoded best = null;
        List<Integer> dropped = List.of();
        while (low <= high) {
            int middle = (low + high) / 2;
            List<Integer> without = old(conversation.messages(), turns.get(middle));
            Encoded e = render.apply(
                    new Prompt.Conversation(except(conversation.messages(), without), conversation.continueLast()));
            boolean enough = e.ids().length <= target();
            if (enough || middle == turns.size() - 1) {
                best = e;
                dropped = without;
            }
            if (enough) high = middle - 1;
            else low = middle + 1;
        }
        if (best == null || best.ids().length >= limit) {
            throw notEnough(best == null ? whole.ids().length : best.ids().length);
        }
        Map<String, String> details = new LinkedHashMap<>();
        details.put("dropped_messages", dropped.toString());
        int count = dropped.size();
        return reported(best, details, "its oldest " + (count == 1 ? "message was" : count + " messages were"));
    }

    private Encoded reported(Encoded shorter, Map<String, String> details, String what) {
        int before = whole.ids().length;
        details.put("tokens_before", Integer.toString(before));
        details.put("tokens", Integer.toString(shorter.ids().length));
        details.put("limit", Integer.toString(limit));
        List<ChatEvent.Notice> notices = new ArrayList<>(shorter.notices());
        notices.add(new ChatEvent.Notice(
                "truncated",
                "the prompt had " + before + " tokens for a context of " + limit + "; " + what + " left out, as asked",
                details));
        return new Encoded(shorter.ids(), shorter.text(), notices, shorter.language());
    }

    /** Where turns begin: at a user's messages, and the first wherever the conversation begins after its instructions. */
    private static List<Integer> turns(List<Message> messages) {
        List<Integer> starts = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            boolean first = starts.isEmpty() && !isInstruction(messages.get(i));
            if (first
                    || messages.get(i).role() == Role.USER
                            && messages.get(i - 1).role() != Role.USER) starts.add(i);
        }
        return starts;
    }

    /** The messages before {@code end} that may go. */
    private static List<Integer> old(List<Message> messages, int end) {
        List<Integer> indices = new ArrayList<>();
        for (int i = 0; i < end; i++) if (!isInstruction(messages.get(i))) indices.add(i);
        return indices;
    }

    private static List<Message> except(List<Message> messages, List<Integer> indices) {
        List<Message> kept = new ArrayList<>(messages);
        for (int i : indices.reversed()) kept.remove(i);
        return kept;
    }

    private static boolean isInstruction(Message message) {
        return message.role() == Role.SYSTEM || message.role() == Role.DEVELOPER;
    }

    private DalangException notEnough(int tokens) {
        return new DalangException(new Failure.ContextOverflow(
                "even without its older turns the prompt has " + tokens + " tokens, but the context holds " + limit
                        + " with room for an answer; shorten the last turn or the instructions, or raise --context where "
                        + "the model allows",
                tokens,
                limit,
                List.of("shorten the prompt", "raise the context length")));
    }

    /** A prompt that leaves no room for even one token of an answer. */
    static DalangException overflow(int tokens, int limit) {
        return new DalangException(new Failure.ContextOverflow(
                "the prompt has " + tokens + " tokens, but the context holds " + limit
                        + " with room for an answer; shorten it, or raise --context where the model allows",
                tokens,
                limit,
                List.of("shorten the prompt", "raise the context length", Failure.ContextOverflow.TRUNCATE)));
    }
}
