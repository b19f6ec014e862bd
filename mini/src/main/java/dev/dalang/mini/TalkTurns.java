package dev.dalang.mini;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Small talk, Dalang's commands, tales, and the small things of {@code words.txt}. */
final class TalkTurns {

    private record Pair(String left, String right) {}

    private final PhraseBook book;
    private final WordLists words;
    private final List<PhraseBook.Topic> talk;
    private final List<PhraseBook.Topic> commands;
    private final Map<String, List<Pair>> pairs = new LinkedHashMap<>();

    TalkTurns(PhraseBook book, WordLists words) {
        this.book = book;
        this.words = words;
        this.talk = book.topics("talk.");
        this.commands = book.topics("dalang.");
        for (String line : PhraseBook.text("words.txt").split("\n")) {
            if (line.isBlank() || line.startsWith("#")) continue;
            String kind = line.substring(0, line.indexOf(':'));
            String[] sides = line.substring(kind.length() + 1).split(" / ");
            pairs.computeIfAbsent(kind, k -> new ArrayList<>()).add(new Pair(sides[0].strip(), sides[1].strip()));
        }
    }

    /** The words that a question can be about. */
    Set<String> known() {
        Set<String> known = new HashSet<>();
        pairs.forEach((kind, list) -> list.forEach(pair -> {
            known.add(pair.left.replaceFirst("^(?:an?|the) ", ""));
            if (kind.equals("opposite")) known.add(pair.right);
        }));
        return known;
    }

    Turn talk(RandomGenerator random) {
        PhraseBook.Topic topic = Draw.from(talk, random);
        return turn(topic, random);
    }

    Turn command(RandomGenerator random) {
        return turn(Draw.from(commands, random), random);
    }

    private Turn turn(PhraseBook.Topic topic, RandomGenerator random) {
        Map<String, String> drawn = new HashMap<>();
        String question =
                Asker.ask(topic.ask(random), s -> drawn.computeIfAbsent(s, k -> words.draw(k, random)), random);
        String answer = topic.answers().isEmpty() ? tale(drawn, random) : topic.answer(random);
        return new Turn(question, answer, topic.name(), null);
    }

    /** The animal that was asked for is the first of the tale. */
    private String tale(Map<String, String> asked, RandomGenerator random) {
        Map<String, String> drawn = new HashMap<>();
        if (asked.containsKey("W")) drawn.put("animal", asked.get("W"));
        String tale = Asker.filled(
                book.topic("tale").answer(random), s -> drawn.computeIfAbsent(s, k -> words.draw(taleKind(k), random)));
        return Asker.articles(tale);
    }

    private static String taleKind(String slot) {
        return switch (slot) {
            case "object" -> "toy";
            case "food" -> "dinner";
            default -> slot;
        };
    }

    Turn word(RandomGenerator random) {
        String kind = Draw.from(List.copyOf(pairs.keySet()), random);
        List<Pair> list = pairs.getOrDefault(kind, List.of());
        Pair pair = Draw.from(list, random);
        // Opposites go both ways, where the other way leads to one word alone.
        boolean back = kind.equals("opposite")
                && Draw.chance(50, random)
                && list.stream().filter(p -> p.right.equals(pair.right)).count() == 1
                && list.stream().noneMatch(p -> p.left.equals(pair.right));
        Pair shown = back ? new Pair(/* left= */ pair.right, /* right= */ pair.left) : pair;
        PhraseBook.Topic topic = book.topic("word." + kind);
        Map<String, String> slots = Map.of("V", shown.left, "w", shown.right);
        String question =
                Asker.ask(topic.ask(random), s -> slots.containsKey(s) ? slots.get(s) : words.draw(s, random), random);
        String answer = Text.sentence(Asker.articles(Asker.filled(topic.answer(random), slots)));
        return new Turn(question, answer, topic.name(), null);
    }
}
