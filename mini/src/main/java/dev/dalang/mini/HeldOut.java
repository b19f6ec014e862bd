package dev.dalang.mini;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The questions in {@code mini/held-out} and the folders like it, in wordings that {@link MiniCorpus} never uses:
 * {@code wordings.jsonl} with slots for countries and numbers, {@code talk.jsonl}, and {@code outside.txt} with what must
 * not be answered.
 */
public final class HeldOut {

    private static final int SUMS_OF_EACH = 60;
    private static final int LARGEST_FACTOR = 10;

    /** Groups of which every country is asked in two wordings instead of one. */
    private static final List<String> TWICE = List.of("capital", "continent");

    private HeldOut() {}

    /**
     * @param folder of the questions
     * @param factbook where the answers come from
     * @throws DalangException if a file is missing or broken
     */
    public static List<Question> read(Path folder, Path factbook) {
        return read(folder, Countries.read(factbook));
    }

    static List<Question> read(Path folder, Countries countries) {
        List<Question> questions = new ArrayList<>();
        List<Country> asked =
                countries.all().stream().filter(c -> !c.territory()).toList();
        RandomGenerator random = new SplittableRandom(5);
        wordings(folder).forEach((group, wordings) -> {
            if (group.startsWith(Question.SUM)) sums(group, wordings, random, questions);
            else facts(group, wordings, asked, questions);
        });
        for (String line : lines(folder.resolve("talk.jsonl"))) {
            Object tree = JsonTree.parse(line, "talk.jsonl");
            List<String> accept = new ArrayList<>();
            if (JsonTree.at(tree, "accept") instanceof List<?> list) list.forEach(a -> accept.add(String.valueOf(a)));
            questions.add(new Question("talk", text(tree, "ask"), accept, false));
        }
        for (String line : lines(folder.resolve("outside.txt"))) {
            if (line.startsWith("#")) continue;
            questions.add(new Question(Question.OUTSIDE, line.replaceAll("[{}]", ""), List.of(), false));
        }
        return List.copyOf(questions);
    }

    /** The wordings with slots by group. */
    static Map<String, List<String>> wordings(Path folder) {
        Map<String, List<String>> wordings = new LinkedHashMap<>();
        for (String line : lines(folder.resolve("wordings.jsonl"))) {
            Object tree = JsonTree.parse(line, "wordings.jsonl");
            wordings.computeIfAbsent(text(tree, "group"), g -> new ArrayList<>())
                    .add(text(tree, "ask"));
        }
        return wordings;
    }

    private static String text(@Nullable Object tree, String key) {
        return Objects.requireNonNull((String) JsonTree.at(tree, key), key);
    }

    static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream().filter(l -> !l.isBlank()).toList();
        } catch (IOException e) {
            throw new DalangException(
                    new Failure.Storage(file + " cannot be read: " + e.getMessage(), file.toString()), e);
        }
    }

    private static void facts(String group, List<String> wordings, List<Country> countries, List<Question> to) {
        int times = TWICE.contains(group) ? 2 : 1;
        for (int i = 0; i < countries.size(); i++) {
            Country c = countries.get(i);
            List<String> accept = accept(group, c);
            if (accept.isEmpty()) continue;
            boolean all = group.equals("neighbours") || group.equals("languages");
            for (int t = 0; t < times; t++) {
                String wording = wordings.get((i + t * (wordings.size() / 2)) % wordings.size());
                Map<String, String> slots = Map.of("X", c.name(), "Y", c.capital() == null ? "" : c.capital());
                to.add(new Question(group, Text.sentence(Asker.filled(wording, slots)), accept, all));
            }
        }
    }

    /** What a right answer holds; nothing where there is none. */
    private static List<String> accept(String group, Country c) {
        return switch (group) {
            case "capital" -> c.capital() == null ? List.of() : List.of(c.capital());
            case "continent" -> List.of(c.continent().split(" and "));
            case "currency" -> List.of(c.currency());
            case "languages" -> c.languages();
            case "people" -> c.people() == 0 ? List.of() : List.of("about " + Text.rounded(c.people()) + " people");
            case "area" -> c.area() == 0 ? List.of() : List.of("about " + Text.rounded(c.area()) + " square");
            case "neighbours" ->
                c.neighbours() == null
                        ? List.of()
                        : c.neighbours().isEmpty() ? List.of("no other country") : c.neighbours();
            case "landlocked" -> c.coast() < 0 ? List.of() : List.of(c.coast() == 0 ? "yes," : "no,");
            case "coast" -> c.coast() < 0 ? List.of() : List.of(c.coast() > 0 ? "yes," : "no,");
            case "domain" -> c.domain() == null ? List.of() : List.of(c.domain());
            case "summit" -> c.summit() == null ? List.of() : List.of(c.summit());
            case "adjective" -> c.adjective() == null ? List.of() : List.of(" is " + c.adjective() + ".");
            case "whose" -> CountryFacts.whose(c) == null ? List.of() : List.of(c.shortName());
            default -> throw new IllegalArgumentException("a group without answers: " + group);
        };
    }

    private static void sums(String group, List<String> wordings, RandomGenerator random, List<Question> to) {
        for (String wording : wordings) {
            for (int i = 0; i < SUMS_OF_EACH; i++) {
                int a = random.nextInt(100);
                int b = random.nextInt(group.equals("sum.mul") ? LARGEST_FACTOR + 1 : 100);
                // Nobody can lose more than there is.
                if (group.equals("sum.left") && a < b) {
                    int swap = a;
                    a = b;
                    b = swap;
                }
                int result = switch (group) {
                    case "sum.add" -> a + b;
                    case "sum.sub", "sum.left" -> a - b;
                    case "sum.mul" -> a * b;
                    default -> throw new IllegalArgumentException("a group without answers: " + group);
                };
                Map<String, String> slots = Map.of("A", Integer.toString(a), "B", Integer.toString(b));
                to.add(new Question(group, Asker.filled(wording, slots), List.of(Integer.toString(result)), false));
            }
        }
    }
}
