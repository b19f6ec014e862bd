package dev.dalang.mini;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * What the project wrote for Dalang Mini to say and to be asked, by topic. In the resource {@code = NAME} starts a topic,
 * {@code + NAME} goes on with one of an earlier resource, <code>&gt;</code> a line that a user says, <code>&lt;</code> one that the model says, {@code #} a comment; each line is a
 * {@link Phrase}.
 */
final class PhraseBook {

    private static final Pattern SPACES = Pattern.compile(" {2,}");
    private static final Pattern BEFORE_MARK = Pattern.compile(" ([?,.!](?: |$))");

    /** One topic: what is asked, and what is answered, either of which may be empty. */
    record Topic(String name, List<Phrase> asks, List<Phrase> answers) {

        String ask(RandomGenerator random) {
            return draw(asks, random);
        }

        String answer(RandomGenerator random) {
            return draw(answers, random);
        }

        private String draw(List<Phrase> phrases, RandomGenerator random) {
            if (phrases.isEmpty()) throw new IllegalStateException("nothing of this kind is in the topic " + name);
            StringBuilder text = new StringBuilder();
            phrases.get(random.nextInt(phrases.size())).draw(random, text);
            // Where a part was left out, its space stays behind.
            String one = SPACES.matcher(text.toString().strip()).replaceAll(" ");
            return BEFORE_MARK.matcher(one).replaceAll("$1");
        }
    }

    private final Map<String, Topic> topics = new LinkedHashMap<>();

    private PhraseBook() {}

    /** From resources of this package. */
    static PhraseBook read(String... resources) {
        PhraseBook book = new PhraseBook();
        for (String resource : resources) book.add(resource, text(resource));
        book.insertParts();
        book.frameFollowing();
        book.frame(".noun", "NOUN");
        book.frame(".there", "THERE");
        book.frame(".expr", "EXPR");
        book.frame(".do", "DO");
        book.frame(".np", "NP");
        book.frame(".cl", "CL");
        return book;
    }

    /** What a topic {@code part.x} says stands for <code>{part.x}</code>, also in the parts that come after it. */
    private void insertParts() {
        for (Topic part : topics("part.")) {
            topics.remove(part.name);
            Phrase ways = new Phrase.Choice(part.asks);
            for (Topic topic : topics.values()) {
                topic.asks.replaceAll(phrase -> phrase.with(part.name, ways));
                topic.answers.replaceAll(phrase -> phrase.with(part.name, ways));
            }
        }
    }

    /** A question that goes on from another is one of its own where a country is named before it. */
    private void frameFollowing() {
        Topic frames = topics.remove("frame.follow");
        if (frames == null) return;
        List<Phrase> all = new ArrayList<>();
        for (Topic topic : topics("")) {
            Topic follow = topics.get(topic.name + ".follow");
            if (follow == null || topic.name.equals("refusal")) continue;
            all.addAll(follow.asks);
            Phrase question = new Phrase.Choice(follow.asks);
            // As often as two of the other wordings, each.
            for (Phrase frame : frames.asks) {
                topic.asks.add(frame.with("FOLLOW", question));
                topic.asks.add(frame.with("FOLLOW", question));
            }
        }
        askOfPlaces(frames, "FOLLOW", all);
    }

    /**
     * What is asked of countries in these frames is asked of places that are none, too: otherwise the frame alone would
     * say that there is an answer.
     */
    private void askOfPlaces(Topic frames, String slot, List<Phrase> things) {
        Topic places = topics.get("refuse.places");
        if (places == null || things.isEmpty()) return;
        Phrase place = new Phrase.Slot("place");
        for (Phrase frame : frames.asks) {
            Phrase of = frame.with("X", place);
            if (!of.equals(frame)) places.asks.add(of.with(slot, new Phrase.Choice(things)));
        }
    }

    /** What a topic {@code x.np} or {@code x.cl} names is asked for in every frame, as one more way to ask in topic x. */
    private void frame(String ending, String slot) {
        Topic frames = topics.remove("frame" + ending);
        if (frames == null) return;
        List<Phrase> all = new ArrayList<>();
        for (String name : List.copyOf(topics.keySet())) {
            if (!name.endsWith(ending)) continue;
            Topic things = topics.remove(name);
            if (things == null) continue;
            all.addAll(things.asks);
            Phrase thing = new Phrase.Choice(things.asks());
            Topic topic = topic(name.substring(0, name.length() - ending.length()));
            // Half of all questions come from the frames of either kind, wherever a topic has so many wordings of its
            // own.
            for (Phrase frame : frames.asks) topic.asks.add(frame.with(slot, thing));
        }
        askOfPlaces(frames, slot, all);
    }

    /** A text resource of this package. */
    static String text(String resource) {
        try (InputStream in = PhraseBook.class.getResourceAsStream(resource)) {
            if (in == null) throw new IllegalStateException("the resource " + resource + " is missing");
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void add(String resource, String text) {
        Topic topic = null;
        int number = 0;
        for (String line : text.split("\n")) {
            number++;
            if (line.isBlank() || line.startsWith("#")) continue;
            String rest = line.substring(1).strip();
            switch (line.charAt(0)) {
                case '=' -> {
                    topic = new Topic(rest, new ArrayList<>(), new ArrayList<>());
                    if (topics.putIfAbsent(rest, topic) != null) {
                        throw new IllegalStateException(resource + " line " + number + ": " + rest + " is there twice");
                    }
                }
                case '+' -> {
                    topic = topics.get(rest);
                    if (topic == null) {
                        throw new IllegalStateException(
                                resource + " line " + number + ": no " + rest + " to go on with");
                    }
                }
                case '>', '<' -> {
                    if (topic == null) throw new IllegalStateException(resource + " line " + number + ": no topic");
                    (line.charAt(0) == '>' ? topic.asks : topic.answers).add(Phrase.parse(rest));
                }
                default -> throw new IllegalStateException(resource + " line " + number + ": " + line);
            }
        }
    }

    Topic topic(String name) {
        Topic topic = topics.get(name);
        if (topic == null) throw new IllegalStateException("there is no topic " + name);
        return topic;
    }

    /** The topics whose names begin so, in order. */
    List<Topic> topics(String prefix) {
        return topics.values().stream().filter(t -> t.name().startsWith(prefix)).toList();
    }
}
