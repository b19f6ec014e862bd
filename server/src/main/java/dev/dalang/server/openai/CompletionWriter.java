package dev.dalang.server.openai;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatResponse;
import dev.dalang.api.TokenScore;
import dev.dalang.api.Usage;
import dev.dalang.server.http.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Answers as {@code text_completion} objects, whole and in pieces. */
final class CompletionWriter {

    private CompletionWriter() {}

    /** @param echoes what comes before each answer's text */
    static ObjectNode write(List<Collected> answers, List<String> echoes, List<Usage> usages, boolean logprobs) {
        ChatResponse first = answers.getFirst().response();
        ObjectNode whole = Json.object()
                .put("id", id(first.id()))
                .put("object", "text_completion")
                .put("created", first.created().getEpochSecond())
                .put("model", first.model());
        ArrayNode choices = whole.putArray("choices");
        List<ChatEvent.Notice> notices = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            ChatResponse answer = answers.get(i).response();
            for (ChatEvent.Notice n : answer.notices()) if (!notices.contains(n)) notices.add(n);
            ObjectNode choice = choices.addObject()
                    .put("text", echoes.get(i) + answer.text())
                    .put("index", i);
            if (logprobs) choice.set("logprobs", logprobs(answers.get(i).scores(), 0));
            else choice.putNull("logprobs");
            choice.put("finish_reason", Said.finish(answer.finishReason()));
        }
        whole.set("usage", Said.total(usages));
        Said.details(whole, first.details());
        Notices.write(whole, notices);
        return whole;
    }

    /** The doorway's answers are a chat's; this dialect's ids begin with {@code cmpl-}. */
    private static String id(String answer) {
        return answer.startsWith("chatcmpl-") ? answer.substring("chat".length()) : answer;
    }

    /** @param offset characters of the text before the first of these tokens */
    static ObjectNode logprobs(List<TokenScore> scores, int offset) {
        ObjectNode all = Json.object();
        ArrayNode tokens = all.putArray("tokens");
        ArrayNode own = all.putArray("token_logprobs");
        ArrayNode tops = all.putArray("top_logprobs");
        ArrayNode offsets = all.putArray("text_offset");
        int at = offset;
        for (TokenScore s : scores) {
            tokens.add(s.text());
            own.add(s.logprob());
            ObjectNode top = tops.addObject();
            for (TokenScore t : s.top()) top.put(t.text(), t.logprob());
            offsets.add(at);
            at += s.text().length();
        }
        return all;
    }

    /** One choice's events as pieces. */
    static final class Chunks implements Consumer<ChatEvent> {
        private final ChatChunks.Head head;
        private final int index;
        private final String echo;
        private final boolean logprobs;
        private final Consumer<ObjectNode> out;
        private final Scores scores = new Scores();
        private final List<ChatEvent.Notice> notices = new ArrayList<>();
        private int written;

        Chunks(ChatChunks.Head head, int index, String echo, boolean logprobs, Consumer<ObjectNode> out) {
            this.head = head;
            this.index = index;
            this.echo = echo;
            this.logprobs = logprobs;
            this.out = out;
        }

        @Override
        public void accept(ChatEvent event) {
            switch (event) {
                case ChatEvent.Started e -> {
                    head.begin(new ChatEvent.Started(id(e.id()), e.model(), e.created()));
                    if (!echo.isEmpty()) send(echo, List.of());
                }
                case ChatEvent.TextDelta e -> {
                    if (!e.text().isEmpty()) send(e.text(), scores.take(e.text()));
                }
                case ChatEvent.TokenScores e -> {
                    if (logprobs) scores.add(e.tokens());
                }
                case ChatEvent.Notice e -> notices.add(e);
                case ChatEvent.Finished e -> {
                    ObjectNode chunk = chunk("", Said.finish(e.reason()), List.of());
                    Said.details(chunk, e.details());
                    emit(chunk);
                }
                default -> {}
            }
        }

        private void send(String text, List<TokenScore> tokens) {
            emit(chunk(text, null, tokens));
        }

        private ObjectNode chunk(String text, @Nullable String finish, List<TokenScore> tokens) {
            ObjectNode chunk = head.chunk();
            ObjectNode choice =
                    chunk.putArray("choices").addObject().put("text", text).put("index", index);
            if (tokens.isEmpty()) choice.putNull("logprobs");
            else choice.set("logprobs", logprobs(tokens, written));
            written += text.length();
            choice.put("finish_reason", finish);
            return chunk;
        }

        private void emit(ObjectNode chunk) {
            Notices.write(chunk, notices);
            notices.clear();
            out.accept(head.finished(chunk));
        }
    }
}
