package dev.dalang.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.engine.adapter.AdapterMix;
import dev.dalang.engine.cache.CachePool;
import dev.dalang.engine.cache.LayerMemory;
import dev.dalang.engine.cache.Sequence;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.kernel.KvRows;
import dev.dalang.engine.kernel.Phase;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A world around a {@link Scheduler} in which everything follows from a seed: requests, faults, time, and a model that is
 * a running hash of the tokens. The scheduler, the cache and its memory are the real ones.
 *
 * <p>The model writes the hash of the text up to a position where a real one writes that position's key, and reads back
 * what should be there from earlier passes. So a page that was shared wrongly, given back too early or evaluated twice
 * shows at once. With {@code recurrent} the hash is a state, which cannot be wound back.
 */
final class SchedulerSimulator implements AutoCloseable {

    static final int VOCABULARY = 8;

    /** Hashes stay whole numbers that a float holds exactly. */
    private static final int HASHES = 1 << 22;

    /** Nanoseconds of a pass: for the weights, and for each token of either kind. */
    private static final long PASS = 25_000_000;

    private static final long PROMPT_TOKEN = 1_000_000;
    private static final long ANSWER_TOKEN = 1_500_000;

    final Random random;
    final CachePool pool;
    final Scheduler scheduler;
    final SchedulerLimits limits;
    final boolean recurrent;
    final boolean phasesAgree;
    final List<Client> clients = new ArrayList<>();

    /** How often a pass fails of itself, or because of a request that no pass can do. */
    double faults;

    /** Whether tokens are guessed and checked together where one answer is alone. */
    boolean guessing;

    long now;
    long steps;
    private int turns;
    long passTokens;

    SchedulerSimulator(long seed, SchedulerLimits limits, long pages, boolean recurrent, boolean phasesAgree) {
        this.random = new Random(seed);
        this.limits = limits;
        this.recurrent = recurrent;
        this.phasesAgree = phasesAgree;
        LayerMemory.KeyValue keys = new LayerMemory.KeyValue(1, 1, 0);
        LayerMemory layer = recurrent ? new LayerMemory.Hybrid(keys, new LayerMemory.Recurrent(1)) : keys;
        long page = new CachePool(List.of(layer), BlockType.F32, Long.MAX_VALUE).pageBytes();
        this.pool = new CachePool(List.of(layer), BlockType.F32, pages * page);
        this.scheduler = new Scheduler(limits, pool, new Model(), phasesAgree, VOCABULARY, () -> now);
    }

    /** What a request will say, and what became of it. */
    final class Client implements Generation {
        final int[] prompt;
        final int answer;
        final String user;
        final Priority priority;
        final long arrived = now;
        final AdapterMix adapters = AdapterMix.NONE;
        long deadline = NEVER;
        boolean poisonous;
        boolean cancelled;

        final List<Integer> said = new ArrayList<>();

        int drawn;
        int hash;
        int accepted;
        long firstToken = -1;
        long end = -1;
        long waitedSteps;

        /** Its place in the order in which turns were given. */
        int turn = -1;

        @Nullable
        FinishReason reason;

        @Nullable
        Throwable failure;

        Client(int[] prompt, int answer, String user, Priority priority) {
            this.prompt = prompt;
            this.answer = answer;
            this.user = user;
            this.priority = priority;
            for (int id : prompt) hash = after(hash, id, false);
        }

        boolean over() {
            return end >= 0;
        }

        /** Prompt and answer, which a next turn begins with. */
        int[] text() {
            return IntStream.concat(Arrays.stream(prompt), said.stream().mapToInt(Integer::intValue))
                    .toArray();
        }

        @Override
        public int[] prompt() {
            return prompt;
        }

        @Override
        public AdapterMix adapters() {
            return adapters;
        }

        @Override
        public String user() {
            return user;
        }

        @Override
        public Priority priority() {
            return priority;
        }

        @Override
        public long deadline() {
            return deadline;
        }

        @Override
        public boolean cancelled() {
            return cancelled;
        }

        @Override
        public void accepted() {
            accepted++;
        }

        @Override
        public void read(int done) {
            assertThat(over()).isFalse();
            assertThat(done).isBetween(0, prompt.length);
            if (turn < 0) turn = turns++;
        }

        @Override
        public int next(float[] logits, int cached) {
            assertThat(over()).as("an answer goes on after its end").isFalse();
            assertThat(cached).isBetween(0, prompt.length - 1);
            // The logits are the hash of all that came before: nothing is lost, doubled or another's.
            assertThat((int) logits[0]).as("what the model saw").isEqualTo(hash);
            if (firstToken < 0) firstToken = now;
            if (drawn == answer) {
                finish(FinishReason.END_OF_TURN);
                return END;
            }
            drawn++;
            int id = 1 + hash % (VOCABULARY - 1);
            hash = after(hash, id, true);
            said.add(id);
            return id;
        }

        @Override
        public int[] guess(int[] ids, int length, boolean alone) {
            if (recurrent || !guessing || !alone && hash % 7 > 0) return new int[0];
            int[] guesses = new int[hash % 4];
            int h = hash;
            for (int i = 0; i < guesses.length; i++) {
                // Right more often than not.
                guesses[i] = h % 3 == 0 ? 0 : 1 + h % (VOCABULARY - 1);
                h = after(h, guesses[i], true);
            }
            return guesses;
        }

        @Override
        public void finish(FinishReason why) {
            end();
            reason = why;
        }

        @Override
        public void fail(Throwable why) {
            end();
            failure = why;
        }

        private void end() {
            assertThat(over()).as("an answer ends once").isFalse();
            end = now;
        }
    }

    /** The hash after one more token; another one for an answer's token where the phases differ. */
    private int after(int hash, int id, boolean answer) {
        int salt = answer && !phasesAgree ? 5 : 0;
        return (hash * 31 + id + salt + 1 & Integer.MAX_VALUE) % HASHES;
    }

    private final class Model implements ForwardPass {
        @Override
        public void run(List<Chunk> chunks, BooleanSupplier abandoned) {
            int tokens = 0;
            boolean answers = false;
            now += PASS;
            for (Chunk c : chunks) {
                boolean answer = c.phase() == Phase.ANSWER;
                assertThat(answers && !answer).as("prompts come first").isFalse();
                answers |= answer;
                tokens += c.ids().length;
                now += c.ids().length * (answer ? ANSWER_TOKEN : PROMPT_TOKEN);
            }
            assertThat(tokens).isBetween(1, limits.stepTokens());
            passTokens += tokens;
            if (abandoned.getAsBoolean()) throw new CancellationException();
            boolean fault = random.nextDouble() < faults;
            for (int i = 0; i < chunks.size(); i++) {
                // A pass that fails does so in the middle.
                if (fault && i == chunks.size() / 2) throw new IllegalStateException("a fault");
                evaluate(chunks.get(i));
            }
        }

        private void evaluate(Chunk c) {
            Sequence s = c.sequence();
            int from = s.length();
            assertThat(s.pages()).isGreaterThanOrEqualTo(Sequence.pagesOf(from + c.ids().length));
            int hash = from == 0 ? 0 : read(s, from - 1);
            if (recurrent)
                assertThat((int) s.state(0).get(0)).as("state at %d", from).isEqualTo(hash);
            int rows = c.logits().length;
            for (int i = 0; i < c.ids().length; i++) {
                if (c.ids()[i] == POISON) throw new IllegalArgumentException("poison");
                hash = after(hash, c.ids()[i], c.phase() == Phase.ANSWER);
                write(s, from + i, hash);
                int row = i - (c.ids().length - rows);
                if (row >= 0) c.logits()[row][0] = hash;
            }
            if (recurrent) s.state(0).set(0, hash);
            s.advance(c.ids().length);
        }

        @Override
        public void forEach(int count, IntConsumer work) {
            for (int i = 0; i < count; i++) work.accept(i);
        }
    }

    /** A token that no pass can evaluate. */
    static final int POISON = 1_000_000;

    private static int read(Sequence s, int position) {
        return (int) page(s, position).get(ValueLayout.JAVA_FLOAT, 4L * (position % KvRows.PAGE));
    }

    private static void write(Sequence s, int position, int hash) {
        page(s, position).set(ValueLayout.JAVA_FLOAT, 4L * (position % KvRows.PAGE), hash);
    }

    private static MemorySegment page(Sequence s, int position) {
        return s.keys(0).page(position / KvRows.PAGE);
    }

    Client submit(int[] prompt, int answer, String user, Priority priority) {
        Client c = new Client(prompt, answer, user, priority);
        clients.add(c);
        scheduler.submit(c);
        return c;
    }

    /** One step, and whether all is as it must be after it. */
    boolean step() {
        long before = passTokens;
        boolean busy = scheduler.step();
        steps++;
        if (!busy) {
            assertThat(scheduler.jobs()).isEmpty();
            assertThat(scheduler.waiting()).isZero();
        }
        assertThat(passTokens - before).isLessThanOrEqualTo(limits.stepTokens());
        check();
        return busy;
    }

    /** Every page is held exactly by those who say so, and every sequence holds what its text says. */
    private void check() {
        // Plain comparisons: this is done millions of times.
        require(pool.usedBytes() <= pool.limitBytes(), "more memory than allowed");
        int[] holders = new int[(int) (pool.limitBytes() / pool.pageBytes()) + 1];
        int states = scheduler.tree().checkpoints();
        for (Job j : scheduler.jobs()) {
            Sequence s = j.running();
            require(!j.ended && s.length() < j.count, "a request that has nothing to do");
            for (int i = 0; i < s.pages(); i++) holders[s.page(i)]++;
            if (recurrent) states++;
            int at = s.length() == 0 ? -1 : random.nextInt(s.length());
            require(at < 0 || read(s, at) == hashAt(j, at), "another text's page");
        }
        scheduler.tree().pages().forEach((page, count) -> holders[page] += count);
        int pages = 0;
        for (int i = 0; i < holders.length; i++) {
            require(pool.references(i) == holders[i], "references that nobody, or more than one says to hold");
            if (holders[i] > 0) pages++;
        }
        require(pages == pool.pagesInUse(), "pages that nobody holds");
        require(pool.usedBytes() == pages * pool.pageBytes() + states * pool.stateBytes(), "bytes of nobody");
    }

    private static void require(boolean holds, String what) {
        if (!holds) throw new AssertionError(what);
    }

    private int hashAt(Job j, int position) {
        int hash = 0;
        for (int i = 0; i <= position; i++) hash = after(hash, j.ids[i], i >= j.promptLength);
        return hash;
    }

    /** Steps until nothing is left to do. */
    void finish() {
        while (step()) {}
        assertThat(clients).allMatch(Client::over);
    }

    static @Nullable Failure failure(Client c) {
        return c.failure instanceof DalangException e ? e.failure() : null;
    }

    /** With nothing running, all memory is the tree's, and without that there is none in use. */
    @Override
    public void close() {
        scheduler.close();
        assertThat(pool.pagesInUse()).isZero();
        assertThat(pool.usedBytes()).isZero();
        assertThat(scheduler.tree().size()).isZero();
        pool.close();
    }
}
