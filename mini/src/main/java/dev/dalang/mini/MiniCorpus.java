package dev.dalang.mini;

import dev.dalang.api.DalangException;
import dev.dalang.api.Message;
import dev.dalang.train.recipe.CorpusGenerator;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * The conversations that Dalang Mini learns from, each drawn from the seed and its own number. No conversation comes
 * twice word for word.
 */
public final class MiniCorpus implements CorpusGenerator {

    private static final String FACTBOOK = "factbook";
    private static final String WORDS = "words";
    private static final String CONVERSATIONS = "conversations";
    private static final String SUMS = "sums";
    private static final int MAX_CONVERSATIONS = 10_000_000;

    /** How many conversations have one turn, two, … of a hundred. */
    private static final int[] TURNS = {36, 20, 14, 12, 10, 8};

    /** Weights of fresh questions: facts, sums, refusals, talk, commands, words. */
    private static final List<Integer> KINDS = List.of(35, 31, 16, 8, 6, 4);

    private static final int MAX_SUMS = 10_000;

    /** For the service loader. */
    public MiniCorpus() {}

    @Override
    public String name() {
        return "mini";
    }

    @Override
    public Set<String> options() {
        return Set.of(FACTBOOK, WORDS, CONVERSATIONS, SUMS);
    }

    @Override
    public void generate(Order order, Sink sink) {
        int count = number(order, CONVERSATIONS, MAX_CONVERSATIONS);
        int sums = order.options().containsKey(SUMS) ? number(order, SUMS, MAX_SUMS) : KINDS.get(1);
        Countries countries = Countries.read(order.folder().resolve(required(order, FACTBOOK)));
        WordLists words = WordLists.read(order.folder().resolve(required(order, WORDS)), countries);
        Maker maker = new Maker(countries, words, sums);
        Set<Long> seen = HashSet.newHashSet(count);
        long number = 0;
        while (seen.size() < count) {
            List<Message> messages =
                    maker.conversation(new SplittableRandom(order.seed() * 0x9E3779B97F4A7C15L + number++));
            if (seen.add(digest(messages))) sink.conversation(messages);
        }
    }

    /** A number of 64 bits for a conversation: FNV-1a over its letters. */
    private static long digest(List<Message> messages) {
        long hash = 0xCBF29CE484222325L;
        for (Message message : messages) {
            String text = message.text();
            for (int i = 0; i < text.length(); i++) hash = (hash ^ text.charAt(i)) * 0x100000001B3L;
            hash = (hash ^ 0xFFFF) * 0x100000001B3L;
        }
        return hash;
    }

    private static String required(Order order, String option) {
        String value = order.options().get(option);
        if (value == null) throw DalangException.invalidRequest("the generator mini needs " + option, option);
        return value;
    }

    private static int number(Order order, String option, int most) {
        String value = required(order, option);
        try {
            int number = Integer.parseInt(value);
            if (number >= 1 && number <= most) return number;
        } catch (NumberFormatException e) {
            // Said below, as for a number out of range.
        }
        throw DalangException.invalidRequest(option + " is a number from 1 to " + most + ", not " + value, option);
    }

    /** Puts questions together to conversations. */
    static final class Maker {
        private final PhraseBook book = book();
        private final CountryTurns facts;
        private final SumTurns sums;
        private final RefusalTurns refusals;
        private final TalkTurns talk;
        private final int[] kinds = KINDS.stream().mapToInt(k -> k).toArray();

        /** With as many sums as {@link MiniCorpus} has by itself. */
        Maker(Countries countries, WordLists words) {
            this(countries, words, KINDS.get(1));
        }

        /** @param share weight of sums among fresh questions; all others' together is 69 */
        Maker(Countries countries, WordLists words, int share) {
            kinds[1] = share;
            this.facts = new CountryTurns(book, words, countries);
            this.sums = new SumTurns(book, words);
            this.talk = new TalkTurns(book, words);
            this.refusals = new RefusalTurns(book, words, sums, talk, countries);
        }

        /** All that is asked and said. */
        static PhraseBook book() {
            return PhraseBook.read(
                    "facts.txt",
                    "sums.txt",
                    "talk.txt",
                    "wordasks.txt",
                    "refuse.txt",
                    "tales.txt",
                    "systems.txt",
                    "nouns.txt",
                    "frames.txt",
                    "compose-facts.txt",
                    "compose-sums.txt",
                    "compose-commands.txt",
                    "compose-talk.txt");
        }

        List<Message> conversation(RandomGenerator random) {
            List<Message> messages = new ArrayList<>();
            if (Draw.chance(35, random))
                messages.add(Message.system(book.topic("system").answer(random)));
            for (Turn turn : turns(random)) {
                messages.add(Message.user(turn.question()));
                messages.add(Message.assistant(turn.answer()));
            }
            return messages;
        }

        List<Turn> turns(RandomGenerator random) {
            int count = 1 + Draw.weighted(TURNS, random);
            List<Turn> turns = new ArrayList<>();
            Turn before = null;
            while (turns.size() < count) {
                before = before == null ? fresh(random) : next(before, random);
                turns.add(before);
            }
            return turns;
        }

        private Turn next(Turn before, RandomGenerator random) {
            if (before.country() != null && Draw.chance(45, random)) {
                return Draw.chance(7, random) ? refusals.next(before.country(), random) : facts.next(before, random);
            }
            if (before.topic().equals("refuse.places") && Draw.chance(25, random)) {
                return refusals.dangling(facts.dangling(random), random);
            }
            return fresh(random);
        }

        Turn fresh(RandomGenerator random) {
            return switch (Draw.weighted(kinds, random)) {
                case 0 -> facts.any(random);
                case 1 -> sums.any(random);
                case 2 -> refusals.any(random);
                case 3 -> talk.talk(random);
                case 4 -> talk.command(random);
                default -> talk.word(random);
            };
        }
    }
}
