package dev.dalang.train.chat;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Prompt;
import dev.dalang.api.Role;
import dev.dalang.api.Tool;
import dev.dalang.engine.generate.PromptEncoder;
import dev.dalang.engine.tokenizer.Tokenizer;
import dev.dalang.train.data.Document;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Conversations as the model sees them, and of each the tokens that it must say itself.
 *
 * <p>An assistant's turn is found by two renderings of the model's own template: what the model would be given before
 * the turn, with the invitation to answer, and the conversation after it. What the second has more than the first is
 * the answer, its end-of-turn token included. That the second begins with the first is checked, and so is that the
 * answer shows all that the example has; a template that fails either cannot teach this example, and the line is
 * refused. Borders in the text are carried over to tokens by what the tokens stand for, since the tokens of a beginning
 * are not always the beginning of the tokens.
 *
 * <p>One document holds all turns where the later conversation shows every earlier turn as it was said. Templates that
 * drop earlier reasoning do not: then each turn becomes a document of its own.
 */
public final class ChatEncoder {

    private static final int MAX_SHOWN = 60;

    private final PromptEncoder prompts;
    private final Tokenizer tokenizer;
    private final int context;
    private final String model;
    private final boolean showsReasoning;
    private final Set<String> notices = new LinkedHashSet<>();

    /**
     * @param context positions of the longest document
     * @param model its name, for messages
     */
    public ChatEncoder(PromptEncoder prompts, Tokenizer tokenizer, int context, String model) {
        this.prompts = prompts;
        this.tokenizer = tokenizer;
        this.context = context;
        this.model = model;
        this.showsReasoning = prompts.capabilities().reasoningField() != null;
    }

    /** What was done to conversations so that the template could show them, each once. */
    public Set<String> notices() {
        return notices;
    }

    /** A turn in its document: it begins at a token and ends before another. */
    private record Turn(int[] ids, int start, int end, boolean inWhole) {}

    /** Every document holds one or more of the turns that are asked. */
    List<Document> documents(ChatExample.Conversation example) throws Unusable {
        List<Message> messages = example.messages().stream().map(this::split).toList();
        PromptEncoder.Encoded whole = finished(messages, example.tools());
        List<Turn> turns = new ArrayList<>();
        for (int i : example.asked()) turns.add(turn(messages, i, example.tools(), whole));
        if (turns.stream().allMatch(Turn::inWhole)) {
            BitSet asked = new BitSet();
            for (Turn t : turns) asked.set(t.start, t.end);
            return List.of(document(whole.ids(), asked));
        }
        List<Document> each = new ArrayList<>();
        for (Turn t : turns) {
            BitSet asked = new BitSet();
            asked.set(t.start, t.end);
            each.add(document(t.ids, asked));
        }
        return each;
    }

    /** The two answers, each behind the prompt. */
    PreferencePair pair(ChatExample.Preference example) throws Unusable {
        return new PreferencePair(side(example, example.chosen()), side(example, example.rejected()));
    }

    private Document side(ChatExample.Preference example, List<Message> side) throws Unusable {
        List<Message> all = Shapes.joined(example.prompt(), side);
        List<Integer> asked = new ArrayList<>();
        for (int i = example.prompt().size(); i < all.size(); i++) {
            if (all.get(i).role() == Role.ASSISTANT) asked.add(i);
        }
        List<Document> documents = documents(new ChatExample.Conversation(example.line(), all, example.tools(), asked));
        if (documents.size() > 1) {
            throw new Unusable("has answers of several turns, which the chat template shows differently later on");
        }
        return documents.getFirst();
    }

    private Document document(int[] ids, BitSet asked) throws Unusable {
        // What comes after the last asked token teaches nothing.
        int count = asked.length();
        if (count - 1 > context) {
            throw new Unusable("has " + count + " tokens, more than the context of " + context);
        }
        return new Document(Arrays.copyOf(ids, count), asked);
    }

    private Turn turn(List<Message> messages, int index, List<Tool> tools, PromptEncoder.Encoded whole)
            throws Unusable {
        Message message = messages.get(index);
        PromptEncoder.Encoded before = prompt(messages.subList(0, index), tools);
        boolean last = index == messages.size() - 1;
        PromptEncoder.Encoded after = last ? whole : finished(messages.subList(0, index + 1), tools);
        String where = "message " + (index + 1);
        if (!after.text().startsWith(before.text())) {
            int same = common(before.text(), after.text());
            throw new Unusable("cannot be shown by the model's chat template: it opens the answer with "
                    + shown(before.text().substring(same)) + ", but shows an answer that was given without (" + where
                    + ")");
        }
        String answer = after.text().substring(before.text().length());
        checkShown(message, answer, where);
        int[] ids = after.ids();
        int start = border(ids, before.ids());
        int end = end(message, ids, start) + 1;
        if (end > 0) {
            boolean inWhole = whole.text().startsWith(after.text());
            if (inWhole && !last) {
                int from = border(whole.ids(), before.ids());
                int to = from + end - start;
                // The same text in the same place, but it may be cut into other tokens.
                inWhole = to <= whole.ids().length && Arrays.equals(ids, start, end, whole.ids(), from, to);
                if (inWhole) return new Turn(ids, from, to, true);
            }
            return new Turn(ids, start, end, inWhole);
        }
        return ended(message, ids, start, answer);
    }

    /** The turn of a template that ends turns with no token of its own: the model's end of text is put behind the answer. */
    private Turn ended(Message message, int[] ids, int start, String answer) throws Unusable {
        int eos = tokenizer.special().eos();
        if (eos < 0) throw new Unusable("cannot be learned: the model has no token that ends an answer");
        notices.add("the model's chat template ends an answer with no token of its own; the end-of-text token "
                + tokenizer.token(eos) + " was put there");
        String text = message.text().strip();
        // Behind the words there may be the invitation to the next answer, which this one must not learn to say.
        int length = text.isEmpty() || !message.toolCalls().isEmpty()
                ? answer.stripTrailing().length()
                : answer.lastIndexOf(text) + text.length();
        int room = answer.substring(0, length).getBytes(StandardCharsets.UTF_8).length;
        int end = start;
        while (end < ids.length && tokenizer.bytes(ids[end]).length <= room) room -= tokenizer.bytes(ids[end++]).length;
        int[] longer = Arrays.copyOf(ids, end + 1);
        longer[end] = eos;
        return new Turn(longer, start, end + 1, false);
    }

    private void checkShown(Message message, String answer, String where) throws Unusable {
        if (!answer.contains(message.text().strip())) {
            throw new Unusable(
                    "cannot be shown by the model's chat template: it leaves out or changes words of " + where);
        }
        if (!answer.contains(message.reasoning().strip())) {
            throw new Unusable("cannot be shown by the model's chat template: it drops the reasoning of " + where);
        }
        for (Part.ToolCall call : message.toolCalls()) {
            if (!answer.contains(call.name())) {
                throw new Unusable("cannot be shown by the model's chat template: it drops the call of " + where);
            }
        }
    }

    /** Takes reasoning that stands in the words apart, where the template has a place of its own for it. */
    private Message split(Message m) {
        String text = m.text().stripLeading();
        int end = text.indexOf("</think>");
        if (!showsReasoning || m.role() != Role.ASSISTANT || !text.startsWith("<think>") || end < 0) return m;
        List<Part> parts = new ArrayList<>();
        parts.add(new Part.Reasoning(text.substring("<think>".length(), end).strip()));
        parts.add(new Part.Text(text.substring(end + "</think>".length()).strip()));
        m.parts().stream().filter(p -> !(p instanceof Part.Text)).forEach(parts::add);
        return new Message(m.role(), parts, m.name());
    }

    private PromptEncoder.Encoded prompt(List<Message> messages, List<Tool> tools) throws Unusable {
        try {
            return noted(prompts.whole(request(messages, tools)));
        } catch (DalangException e) {
            throw new Unusable("cannot be shown: " + e.getMessage());
        }
    }

    private PromptEncoder.Encoded finished(List<Message> messages, List<Tool> tools) throws Unusable {
        try {
            return noted(prompts.finished(request(messages, tools), new Prompt.Conversation(messages)));
        } catch (DalangException e) {
            throw new Unusable("cannot be shown: " + e.getMessage());
        }
    }

    private ChatRequest request(List<Message> messages, List<Tool> tools) {
        return ChatRequest.builder(model, new Prompt.Conversation(messages))
                .tools(tools)
                .build();
    }

    private PromptEncoder.Encoded noted(PromptEncoder.Encoded encoded) {
        for (ChatEvent.Notice n : encoded.notices()) notices.add(n.message());
        return encoded;
    }

    /** The first token of {@code ids} that begins where the text of {@code beginning} ends, or behind it. */
    private int border(int[] ids, int[] beginning) {
        int at = 0;
        while (at < Math.min(ids.length, beginning.length) && ids[at] == beginning[at]) at++;
        long bytes = 0;
        for (int i = at; i < beginning.length; i++) bytes += tokenizer.bytes(beginning[i]).length;
        while (bytes > 0 && at < ids.length) bytes -= tokenizer.bytes(ids[at++]).length;
        return at;
    }

    /**
     * The token at which the model is stopped: the first that ends an answer and has all of it before it, or -1. Some
     * templates write an end of text behind the end of the turn, which the model never gets to say.
     */
    private int end(Message message, int[] ids, int from) {
        int last = -1;
        for (int i = from; i < ids.length; i++) {
            if (!tokenizer.isEndOfGeneration(ids[i])) continue;
            last = i;
            String said = tokenizer.decode(Arrays.copyOfRange(ids, from, i), true);
            boolean calls = message.toolCalls().stream().allMatch(c -> said.contains(c.name()));
            if (calls && said.contains(message.text().strip())) return i;
        }
        return last;
    }

    private static int common(String a, String b) {
        int n = 0;
        while (n < Math.min(a.length(), b.length()) && a.charAt(n) == b.charAt(n)) n++;
        return n;
    }

    private static String shown(String text) {
        String line = text.replace("\n", "\\n").replaceAll("\\p{Cntrl}", "?");
        return "'" + (line.length() > MAX_SHOWN ? line.substring(0, MAX_SHOWN) + "…" : line) + "'";
    }
}
