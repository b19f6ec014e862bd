package dev.dalang.mini;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.Prompt;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.generate.ModelRunner;
import dev.dalang.engine.generate.ModelSources;
import dev.dalang.engine.generate.PromptEncoder;
import dev.dalang.engine.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Asks a model every question in a conversation of its own, without a system message and without chance, and counts what
 * is right.
 */
public final class Evaluation {

    private static final int TOGETHER = 64;
    private static final int MAX_TOKENS = 120;
    private static final Pattern WHOLE = Pattern.compile("(?s)[\\p{Lu}0-9.\"].*(?:[.!?\"]|\\./dalang search)");
    private static final Pattern MARKUP = Pattern.compile("<\\||\\|>");

    /**
     * An answer.
     *
     * @param stopped whether the model ended it by itself
     */
    public record Answered(Question question, String answer, boolean stopped) {

        public boolean right() {
            return question.isRight(answer);
        }

        /** A whole sentence, without another role's markup, ended by the stop token. */
        public boolean wellFormed() {
            return stopped
                    && WHOLE.matcher(answer).matches()
                    && !MARKUP.matcher(answer).find();
        }
    }

    /** How many of a group were right. */
    public record Score(int right, int asked) {
        Score plus(boolean one) {
            return new Score(right + (one ? 1 : 0), asked + 1);
        }

        public double share() {
            return asked == 0 ? 0 : (double) right / asked;
        }
    }

    private final ModelRunner runner;
    private final Tokenizer tokenizer;
    private final PromptEncoder prompts;

    public Evaluation(ModelRunner runner) {
        this.runner = runner;
        this.tokenizer = ModelSources.tokenizer(runner.source());
        this.prompts = new PromptEncoder(runner.source(), tokenizer);
    }

    /** By group, in the order of the questions. */
    public static Map<String, Score> scores(List<Answered> answers) {
        Map<String, Score> scores = new LinkedHashMap<>();
        for (Answered a : answers) {
            scores.merge(a.question.group(), new Score(0, 0).plus(a.right()), (x, y) -> x.plus(a.right()));
        }
        return scores;
    }

    /** All answers in the order of the questions, as far as it came before it was cancelled. */
    public List<Answered> answers(List<Question> questions, Cancellation cancellation) {
        List<Answered> answers = new ArrayList<>();
        for (int from = 0; from < questions.size() && !cancellation.isCancelled(); from += TOGETHER) {
            answers.addAll(together(questions.subList(from, Math.min(questions.size(), from + TOGETHER))));
        }
        return answers;
    }

    /** One answer that is being given. */
    private static final class Open {
        final Question question;
        final Sequence sequence;
        final List<Integer> ids = new ArrayList<>();
        int next;
        boolean stopped;

        Open(Question question, Sequence sequence) {
            this.question = question;
            this.sequence = sequence;
        }
    }

    private List<Answered> together(List<Question> questions) {
        List<Open> all = new ArrayList<>();
        try {
            for (Question q : questions) {
                Open open = new Open(q, runner.newSequence());
                all.add(open);
                ChatRequest request =
                        ChatRequest.builder("mini", Prompt.user(q.ask())).build();
                int[] prompt = prompts.encode(request, runner.contextLength()).ids();
                float[] logits = runner.evaluate(open.sequence, prompt, ModelRunner.Progress.NONE, Cancellation.NONE);
                if (logits == null) throw new IllegalStateException("cancelled by nobody");
                take(open, best(logits));
            }
            float[][] logits = new float[all.size()][runner.decoder().outputs()];
            List<Open> going = new ArrayList<>(all);
            going.removeIf(this::over);
            while (!going.isEmpty()) {
                List<Open> now = List.copyOf(going);
                runner.nextTogether(
                        now.stream().map(o -> o.sequence).toList(),
                        now.stream().mapToInt(o -> o.next).toArray(),
                        logits);
                for (int i = 0; i < now.size(); i++) take(now.get(i), best(logits[i]));
                going.removeIf(this::over);
            }
            return all.stream()
                    .map(o -> new Answered(o.question, text(o), o.stopped))
                    .toList();
        } finally {
            all.forEach(o -> o.sequence.close());
        }
    }

    private void take(Open open, int id) {
        open.next = id;
        open.stopped = tokenizer.isEndOfGeneration(id);
        if (!open.stopped) open.ids.add(id);
    }

    private boolean over(Open open) {
        return open.stopped || open.ids.size() >= MAX_TOKENS;
    }

    /** Control tokens are shown, for they must not be there. */
    private String text(Open open) {
        return tokenizer
                .decode(open.ids.stream().mapToInt(i -> i).toArray(), true)
                .strip();
    }

    private static int best(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) if (logits[i] > logits[best]) best = i;
        return best;
    }
}
