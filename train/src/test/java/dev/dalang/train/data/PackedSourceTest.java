package dev.dalang.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.train.data.PackedSource.Part;
import dev.dalang.train.graph.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Batches hold what the documents hold: every question of every document once a round, in another order each time. */
class PackedSourceTest {

    /** Documents of which each token is found nowhere else, so that a batch shows where it is from. */
    private static Documents documents(long seed, int count, int longest) {
        Random random = new Random(seed);
        List<Document> all = new ArrayList<>();
        int id = 0;
        for (int i = 0; i < count; i++) {
            int[] tokens = new int[1 + random.nextInt(longest)];
            BitSet asked = new BitSet();
            for (int k = 0; k < tokens.length; k++) {
                tokens[k] = id++;
                if (random.nextInt(4) > 0) asked.set(k);
            }
            all.add(new Document(tokens, asked));
        }
        return Documents.of(all);
    }

    /** Adds each pair of a token and its target; checks the rest of the batch against the documents' making. */
    private static void collect(Batch b, Map<List<Integer>, Integer> pairs) {
        for (int i = 0; i < b.count(); i++) {
            if (b.starts()[i] < i) assertThat(b.tokens()[i]).isEqualTo(b.tokens()[i - 1] + 1);
            if (b.targets()[i] == Batch.IGNORED) continue;
            pairs.merge(List.of(b.tokens()[i], b.targets()[i]), 1, Integer::sum);
        }
    }

    private static Map<List<Integer>, Integer> questions(Documents documents, int times) {
        Map<List<Integer>, Integer> pairs = new HashMap<>();
        for (int i = 0; i < documents.count(); i++) {
            Document d = documents.get(i);
            for (int k = 1; k < d.count(); k++) {
                if (d.asked().get(k)) pairs.merge(List.of(d.tokens()[k - 1], d.tokens()[k]), times, Integer::sum);
            }
        }
        return pairs;
    }

    @Property(tries = 100)
    void aRoundAsksEveryQuestionOnce(
            @ForAll long seed, @ForAll @IntRange(min = 2, max = 60) int count, @ForAll LongDocuments policy) {
        Documents docs = documents(seed, count, 40);
        int context = policy == LongDocuments.SPLIT ? 16 : 40;
        PackedSource source = PackedSource.shuffled(List.of(new Part(docs, 1)), context, 100, policy, seed);
        for (int round = 0; round < 3; round++) {
            Map<List<Integer>, Integer> pairs = new HashMap<>();
            long first = batchAtRound(source, round);
            for (long i = first; i < batchAtRound(source, round + 1); i++) {
                Batch b = source.batch(i);
                assertThat(b.count()).isLessThanOrEqualTo(100);
                collect(b, pairs);
            }
            assertThat(pairs).isEqualTo(questions(docs, 1));
        }
    }

    private static long batchAtRound(DataSource source, int round) {
        long i = 0;
        while (source.rounds(i) < round) i++;
        return i;
    }

    @Test
    void theOrderDependsOnTheSeedOnlyAndChangesWithTheRound() {
        Documents docs = documents(1, 200, 30);
        List<Part> parts = List.of(new Part(docs, 1));
        PackedSource a = PackedSource.shuffled(parts, 30, 64, LongDocuments.REFUSE, 7);
        PackedSource b = PackedSource.shuffled(parts, 30, 64, LongDocuments.REFUSE, 7);
        PackedSource other = PackedSource.shuffled(parts, 30, 64, LongDocuments.REFUSE, 8);
        assertThat(a.digest()).isEqualTo(b.digest()).isNotEqualTo(other.digest());
        // One reads forward, one jumps about.
        long far = 3 * a.round() + 2;
        Batch late = b.batch(far);
        assertThat(b.batch(0).tokens()).isEqualTo(a.batch(0).tokens());
        for (long i = 0; i < far; i++) a.batch(i);
        assertThat(a.batch(far).tokens()).isEqualTo(late.tokens());
        assertThat(other.batch(0).tokens()).isNotEqualTo(a.batch(0).tokens());
        assertThat(a.batch(a.round()).tokens()).isNotEqualTo(a.batch(0).tokens());
        // The documents of a round's first batches are spread over the next one's.
        List<Integer> lengths = new ArrayList<>();
        for (long i = 0; i < a.round() - 1; i++) lengths.add(a.batch(i).count());
        assertThat(a.fill()).isGreaterThan(0.95);
        assertThat(lengths).allMatch(n -> n <= 64);
    }

    @Test
    void partsComeAsOftenAsTheirWeightsSay() {
        Documents often = Documents.of(List.of(Document.of(1, 2), Document.of(1, 3)));
        Documents seldom =
                Documents.of(List.of(Document.of(5, 6), Document.of(5, 7), Document.of(5, 8), Document.of(5, 9)));
        PackedSource source = PackedSource.shuffled(
                List.of(new Part(often, 3), new Part(seldom, 0.5)), 4, 4, LongDocuments.REFUSE, 1);
        for (int twoRounds = 0; twoRounds < 3; twoRounds++) {
            Map<List<Integer>, Integer> pairs = new HashMap<>();
            for (long i = batchAtRound(source, 2 * twoRounds); i < batchAtRound(source, 2 * twoRounds + 2); i++) {
                collect(source.batch(i), pairs);
            }
            assertThat(pairs)
                    .isEqualTo(Map.of(
                            List.of(1, 2),
                            6,
                            List.of(1, 3),
                            6,
                            List.of(5, 6),
                            1,
                            List.of(5, 7),
                            1,
                            List.of(5, 8),
                            1,
                            List.of(5, 9),
                            1));
        }
    }

    @Test
    void documentsOfABatchAreOneAfterTheOther() {
        BitSet answer = new BitSet();
        answer.set(2, 4);
        Documents docs = Documents.of(List.of(new Document(new int[] {10, 11, 12, 13}, answer), Document.of(20, 21)));
        Batch b = PackedSource.ordered(docs, 8, 8, LongDocuments.REFUSE).batch(0);
        assertThat(b.tokens()).containsExactly(10, 11, 12, 20);
        assertThat(b.targets()).containsExactly(Batch.IGNORED, 12, 13, 21);
        assertThat(b.starts()).containsExactly(0, 0, 0, 3);
    }

    @Test
    void longDocumentsAreCounted() {
        Documents docs =
                Documents.of(List.of(Document.of(1, 2, 3, 4, 5, 6, 7, 8), Document.of(9, 10), Document.of(11)));
        List<Part> parts = List.of(new Part(docs, 1));
        assertThatThrownBy(() -> PackedSource.shuffled(parts, 3, 6, LongDocuments.REFUSE, 1))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("1 of 3 documents are longer than the context of 3 tokens, the longest 7");
        assertThat(PackedSource.shuffled(parts, 3, 6, LongDocuments.SKIP, 1).intake())
                .containsExactly(new Intake(3, 1, 1, 1, 1, 7, 1));
        assertThat(PackedSource.shuffled(parts, 3, 6, LongDocuments.CUT, 1).intake())
                .containsExactly(new Intake(3, 2, 4, 4, 1, 7, 1));
        assertThat(PackedSource.shuffled(parts, 3, 6, LongDocuments.SPLIT, 1).intake())
                .containsExactly(new Intake(3, 4, 8, 8, 1, 7, 1));
    }

    @Test
    void whatAsksNothingIsLeftOut() {
        Document silent = new Document(new int[] {1, 2, 3}, new BitSet());
        List<Part> nothing = List.of(new Part(Documents.of(List.of(silent, Document.of(1), Document.of())), 1));
        assertThatThrownBy(() -> PackedSource.shuffled(nothing, 4, 4, LongDocuments.REFUSE, 1))
                .isInstanceOf(DalangException.class)
                .hasMessage("the data hold nothing to learn");
        List<Part> some = List.of(new Part(Documents.of(List.of(silent, Document.of(1, 2))), 1));
        PackedSource source = PackedSource.shuffled(some, 4, 4, LongDocuments.REFUSE, 1);
        assertThat(source.intake().getFirst().silent()).isEqualTo(1);
        for (int i = 0; i < 5; i++) assertThat(source.batch(i).tokens()).containsExactly(1);
        assertThatThrownBy(() -> PackedSource.shuffled(some, 8, 4, LongDocuments.REFUSE, 1))
                .hasMessageContaining("do not hold a context of 8");
    }

    @Test
    void otherDataHaveAnotherDigest() {
        List<String> digests = new ArrayList<>();
        for (int[] tokens : new int[][] {{1, 2, 3}, {1, 2, 4}, {2, 1, 3}}) {
            digests.add(PackedSource.ordered(Documents.of(List.of(Document.of(tokens))), 4, 4, LongDocuments.CUT)
                    .digest());
        }
        BitSet asked = new BitSet();
        asked.set(1);
        digests.add(PackedSource.ordered(
                        Documents.of(List.of(new Document(new int[] {1, 2, 3}, asked))), 4, 4, LongDocuments.CUT)
                .digest());
        assertThat(digests).doesNotHaveDuplicates();
        assertThat(Arrays.asList(digests.getFirst()))
                .contains(PackedSource.ordered(Documents.of(List.of(Document.of(1, 2, 3))), 4, 4, LongDocuments.CUT)
                        .digest());
    }
}
