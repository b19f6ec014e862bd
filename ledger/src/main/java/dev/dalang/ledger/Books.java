package dev.dalang.ledger;

import com.zaxxer.hikari.HikariDataSource;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * Writes requests into a ledger, many in one transaction, on one thread: while a transaction is committed, the next
 * requests gather, so that a thousand callers wait for one commit and not for a thousand.
 *
 * <p>A request has two entries. {@link #open} writes it, and reserves its worst case in every budget that applies, before
 * anything is sent; {@link #settle} writes what became of it. Both return when the entry outlives this process. What a dead
 * process left open is accounted at the worst case ({@link Outcome#LOST}) by the next that opens the books, so a request
 * may be billed too high, and marked so, but never too low.
 *
 * <p>Where the database does not answer, settlements go to a {@link Journal} and from there to the database when it is
 * back; {@link BookRules.WhenAway} says what becomes of new requests. Settlements that the journal does not take either, as on
 * a full disk, wait in memory for whichever takes them first: these alone are lost with this process. Safe for use by many
 * threads.
 */
public final class Books implements Book, AutoCloseable {

    private static final int BATCH = 512;
    private static final long RETRY_MILLIS = 200;
    private static final long BEAT_MILLIS = 10_000;

    /** How long what nobody waits for is kept from a transaction of its own. */
    private static final Duration LINGER = Duration.ofMillis(50);

    /** An operation on its way, and who waits for it. */
    private record Waiting(Batch.Op op, CompletableFuture<@Nullable Object> done, long sinceNanos) {}

    /** Ends the writer's wait for an operation, and is none. */
    private static final Waiting WAKE = new Waiting(new Batch.Op.Began("", "", ""), new CompletableFuture<>(), 0);

    private final Database database;
    private final BookRules rules;
    private final String instance = UUID.randomUUID().toString();
    private final HikariDataSource pool;
    private final Jdbi jdbi;
    private final Standing standing;
    private final @Nullable Checkpoints checkpoints;
    private final Journal journal;
    private final BlockingQueue<Waiting> queue;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Thread writer;

    /** For the writer alone. */
    private Set<Subject> withBudget = Set.of();

    private final Unwritten unwritten = new Unwritten();
    private boolean away;
    private String why = "";
    private long retryAtNanos;
    private @Nullable CompletableFuture<Boolean> knock;
    private long beatAtNanos;

    private Books(Database database, BookRules rules, Function<String, Journal> journals) {
        this.database = database;
        this.rules = rules;
        this.queue = new ArrayBlockingQueue<>(rules.queue());
        this.journal = journals.apply(instance);
        this.pool = database.writer("books", rules.power(), rules.patience());
        this.jdbi = Jdbi.create(pool);
        this.standing = new Standing(pool);
        this.checkpoints = database.checkpoints();
        this.writer = Thread.ofPlatform().daemon().name("books").unstarted(this::work);
    }

    static Books open(Ledger ledger, BookRules rules) {
        return open(ledger, rules, instance -> Journal.create(rules.journals(), instance, rules.power()));
    }

    /** @param journals gives an instance's journal */
    static Books open(Ledger ledger, BookRules rules, Function<String, Journal> journals) {
        Books books = new Books(ledger.database(), rules, journals);
        try {
            books.begin();
        } catch (RuntimeException e) {
            books.letGo();
            throw e instanceof DalangException d ? d : Ledger.failure(ledger.database(), e);
        }
        books.writer.start();
        return books;
    }

    /** Takes over what dead processes left: first what they had journalled, then, as lost, what stays open. */
    private void begin() {
        long now = rules.clock().millis();
        jdbi.useTransaction(h -> Instances.begin(h, instance, now));
        takeOverJournals();
        housekeep();
    }

    /**
     * Writes a request down and reserves its worst case.
     *
     * @return whether its budgets allow it; when they do, it stands in the ledger and must be settled
     * @throws DalangException (overloaded) when too many wait, or the database is away and the rules say to stop
     */
    @Override
    public Admission open(Intent intent) {
        CompletableFuture<@Nullable Object> done = new CompletableFuture<>();
        Waiting w = new Waiting(new Batch.Op.Open(intent, false), done, System.nanoTime());
        if (closed.get()) throw closedFailure();
        if (!queue.offer(w)) {
            throw new DalangException(new Failure.Overloaded(
                    "too many requests wait to be written into the ledger; try again in a moment",
                    Duration.ofSeconds(1)));
        }
        giveBackWhenClosed(w);
        Object admission = await(done);
        if (admission instanceof Admission a) return a;
        throw new IllegalStateException("no admission");
    }

    /** Writes down that a request was not made; does not wait. */
    @Override
    public void refused(Intent intent, String why) {
        put(new Waiting(new Batch.Op.Refuse(intent, why), new CompletableFuture<>(), System.nanoTime()));
    }

    /**
     * Notes the provider's id of an answer that began, without waiting and without promise: it helps an invoice to find
     * the request should this process die.
     */
    @Override
    public void began(String id, String model, String providerId) {
        boolean _ = queue.offer(
                new Waiting(new Batch.Op.Began(id, model, providerId), new CompletableFuture<>(), System.nanoTime()));
    }

    /**
     * Writes down what became of an admitted request; settling twice does nothing the second time.
     *
     * @throws DalangException (storage) when neither the database nor the journal takes it, nor is there room to wait in
     */
    @Override
    public void settle(Settlement settlement) {
        CompletableFuture<@Nullable Object> done = new CompletableFuture<>();
        put(new Waiting(new Batch.Op.Settle(settlement), done, System.nanoTime()));
        await(done);
    }

    private void put(Waiting w) {
        boolean interrupted = false;
        try {
            while (true) {
                if (closed.get()) throw closedFailure();
                try {
                    if (!queue.offer(w, 100, TimeUnit.MILLISECONDS)) continue;
                    giveBackWhenClosed(w);
                    return;
                } catch (InterruptedException e) {
                    interrupted = true; // A settlement is not lost for it.
                }
            }
        } finally {
            if (interrupted) Thread.currentThread().interrupt();
        }
    }

    /** The writer may have ended between the look and the offer. */
    private void giveBackWhenClosed(Waiting w) {
        if (!writer.isAlive() && queue.remove(w)) throw closedFailure();
    }

    private static @Nullable Object await(CompletableFuture<@Nullable Object> done) {
        try {
            return done.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof DalangException d) throw new DalangException(d.failure(), d);
            throw e;
        }
    }

    /** Waits until all is written that was handed in, and lets go of the database. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) return;
        boolean _ = queue.offer(WAKE); // where it is full the writer does not wait
        try {
            writer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        letGo();
    }

    private void letGo() {
        if (checkpoints != null) checkpoints.close();
        standing.close();
        pool.close();
        journal.close();
    }

    private void work() {
        List<Waiting> batch = new ArrayList<>();
        while (!closed.get() || !queue.isEmpty() || !batch.isEmpty()) {
            try {
                gather(batch);
                if (!away && System.nanoTime() - beatAtNanos >= 0) attempt(this::housekeep);
                if (!batch.isEmpty() || away) write(batch);
            } catch (RuntimeException | Error e) {
                // Whatever it is, nobody waits forever.
                log().log(System.Logger.Level.ERROR, "the ledger's writer failed", e);
                for (Waiting w : batch) w.done().completeExceptionally(e);
                batch.clear();
            }
        }
        attempt(() -> {
            replay();
            jdbi.useTransaction(h -> Instances.end(h, instance));
        });
        unwritten.to(journal);
        if (!unwritten.isEmpty()) {
            log().log(
                            System.Logger.Level.ERROR,
                            unwritten.size() + " requests could not be settled: they count at their worst");
        }
        for (Waiting w; (w = queue.poll()) != null; ) w.done().completeExceptionally(closedFailure());
    }

    private void gather(List<Waiting> batch) {
        try {
            if (batch.isEmpty()) {
                Waiting first = queue.poll(away ? RETRY_MILLIS : 250, TimeUnit.MILLISECONDS);
                if (first != null && first != WAKE) batch.add(first);
            }
            long until = System.nanoTime() + LINGER.toNanos();
            do {
                if (batch.size() < BATCH) queue.drainTo(batch, BATCH - batch.size());
                batch.remove(WAKE);
            } while (canWait(batch) && linger(batch, until - System.nanoTime()));
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the writer", e);
        }
    }

    /** Nobody waits for the id of an answer that began: it goes with what must be written anyway, most often its end. */
    private boolean canWait(List<Waiting> batch) {
        return !closed.get()
                && !batch.isEmpty()
                && batch.size() < BATCH
                && batch.stream().allMatch(w -> w.op() instanceof Batch.Op.Began);
    }

    /** @return whether something came */
    private boolean linger(List<Waiting> batch, long nanos) throws InterruptedException {
        Waiting next = nanos > 0 ? queue.poll(nanos, TimeUnit.NANOSECONDS) : null;
        return next != null && next != WAKE && batch.add(next);
    }

    /** Leaves in the batch what has to be tried again. */
    private void write(List<Waiting> batch) {
        if (away && !answersAgain()) {
            unwritten.to(journal);
            giveUp(batch, true);
            if (!batch.isEmpty()) pause();
            return;
        }
        try {
            replay();
            commit(batch);
            away = false;
        } catch (RuntimeException e) {
            if (Trouble.ofTheData(e) && !batch.isEmpty()) {
                oneByOne(batch);
                return;
            }
            if (!away) {
                log().log(
                                System.Logger.Level.WARNING,
                                Ledger.failure(database, e).getMessage());
                if (checkpoints != null && Trouble.ofRoom(e)) checkpoints.now();
            }
            away = true;
            String known = Trouble.ofTheFile(e);
            why = known == null
                    ? "the ledger's database (" + database.place() + ") does not answer"
                    : "the ledger " + database.place() + " " + known;
            retryAtNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RETRY_MILLIS);
            giveUp(batch, closed.get());
            if (!batch.isEmpty()) pause();
        }
    }

    /** Asked on another thread, as a database that is away may take its time to say so, and nobody should wait for that. */
    private boolean answersAgain() {
        CompletableFuture<Boolean> asked = knock;
        if (asked == null) {
            if (System.nanoTime() - retryAtNanos >= 0)
                knock = CompletableFuture.supplyAsync(this::answers, Thread::startVirtualThread);
            return false;
        }
        if (!asked.isDone()) return false;
        knock = null;
        retryAtNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RETRY_MILLIS);
        return asked.join();
    }

    /** Whether it takes something: a database on a full disk, or one that another program holds, is read all the same. */
    private boolean answers() {
        try {
            long now = rules.clock().millis();
            jdbi.useTransaction(h -> Instances.touch(h, instance, now));
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }

    private void commit(List<Waiting> batch) {
        if (batch.isEmpty()) return;
        List<Batch.Op> ops = batch.stream().map(Waiting::op).toList();
        @Nullable Object[] results = run(ops);
        if (checkpoints != null) checkpoints.committed();
        for (int i = 0; i < results.length; i++) batch.get(i).done().complete(results[i]);
        batch.clear();
    }

    private @Nullable Object[] run(List<Batch.Op> ops) {
        return run(ops, instance);
    }

    /** @param owner the instance whose requests they open */
    private @Nullable Object[] run(List<Batch.Op> ops, String owner) {
        return standing.inTransaction(
                s -> Batch.run(s, database, owner, rules.clock().millis(), ops));
    }

    /** One of a batch cannot be written, whatever the database: the others must not suffer. */
    private void oneByOne(List<Waiting> batch) {
        List<Waiting> again = new ArrayList<>();
        for (Waiting w : batch) {
            List<Waiting> one = new ArrayList<>(List.of(w));
            try {
                commit(one);
            } catch (RuntimeException e) {
                if (Trouble.ofTheData(e)) {
                    log().log(System.Logger.Level.ERROR, "an entry of the ledger cannot be written", e);
                    w.done().completeExceptionally(Ledger.failure(database, e));
                } else {
                    again.add(w);
                }
            }
        }
        batch.clear();
        batch.addAll(again);
    }

    /** What waited long enough for a database that is away goes to the journal, or is turned away. */
    private void giveUp(List<Waiting> batch, boolean atOnce) {
        long patience = rules.patience().toNanos();
        batch.removeIf(w -> {
            if (!atOnce && System.nanoTime() - w.sinceNanos() < patience) return false;
            try {
                if (w.op() instanceof Batch.Op.Began) {
                    w.done().complete(null);
                } else if (w.op() instanceof Batch.Op.Open(Intent n, boolean forced)) {
                    DalangException refusal = refusal(n);
                    if (refusal != null) {
                        w.done().completeExceptionally(refusal);
                        return true;
                    }
                    journal.append(new Batch.Op.Open(n, true));
                    w.done().complete(new Admission.Admitted(List.of()));
                } else {
                    journal.append(w.op());
                    w.done().complete(null);
                }
            } catch (DalangException e) {
                takenByNeither(w, e);
            }
            return true;
        });
    }

    private void takenByNeither(Waiting w, DalangException why) {
        boolean first = unwritten.isEmpty();
        if (w.op() instanceof Batch.Op.Settle s && unwritten.add(s)) {
            if (first) log().log(System.Logger.Level.WARNING, why.getMessage() + "; settlements wait in memory");
            w.done().complete(null);
            return;
        }
        // A request that is not settled stays open in the ledger, and so counts at its worst.
        log().log(System.Logger.Level.ERROR, why.getMessage());
        w.done().completeExceptionally(why);
    }

    private @Nullable DalangException refusal(Intent n) {
        if (rules.whenAway() == BookRules.WhenAway.STOP) {
            return new DalangException(new Failure.Overloaded(
                    why + ", and no request is made that cannot be written down", rules.patience()));
        }
        for (Subject s : Budgets.subjects(n.account())) {
            if (withBudget.contains(s)) {
                return new DalangException(new Failure.Overloaded(
                        why + ", so the budget of " + s + " cannot be looked up", rules.patience()));
            }
        }
        return null;
    }

    /** What waits for the database; the journal first, since it may have the openings of what is in memory. */
    private void replay() {
        if (!journal.isEmpty()) replay(journal);
        while (!unwritten.isEmpty()) {
            List<Batch.Op> ops = unwritten.first(BATCH);
            try {
                run(ops);
            } catch (RuntimeException e) {
                if (!Trouble.ofTheData(e)) throw e;
                ops.forEach(this::runAlone);
            }
            unwritten.removeFirst(ops.size());
        }
    }

    /** One that no database takes must not keep all that comes after it from being written. */
    private void runAlone(Batch.Op op) {
        try {
            run(List.of(op));
        } catch (RuntimeException e) {
            if (!Trouble.ofTheData(e)) throw e;
            log().log(System.Logger.Level.ERROR, "an entry of the ledger cannot be written", e);
        }
    }

    /** Openings first, since a settlement needs its row; both know when they were written before. */
    private void replay(Journal from) {
        List<Batch.Op> ops = from.read();
        String owner = from.owner();
        List<Batch.Op> openings = new ArrayList<>();
        List<Batch.Op> settlements = new ArrayList<>();
        for (Batch.Op op : ops) (op instanceof Batch.Op.Settle ? settlements : openings).add(op);
        for (List<Batch.Op> kind : List.of(openings, settlements)) {
            for (int i = 0; i < kind.size(); i += BATCH) run(kind.subList(i, Math.min(kind.size(), i + BATCH)), owner);
        }
        // What a dead process opened and did not settle would stay open, for as long as this one lives, in its name.
        if (!owner.equals(instance) && !openings.isEmpty()) run(List.of(new Batch.Op.Recover(List.of(owner))));
        from.clear();
    }

    private void takeOverJournals() {
        for (Journal orphan : Journal.orphans(rules.journals())) {
            try (orphan) {
                replay(orphan);
            }
        }
    }

    private void housekeep() {
        beatAtNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BEAT_MILLIS);
        long now = rules.clock().millis();
        List<String> dead = jdbi.inTransaction(h -> {
            Instances.beat(h, instance, now);
            withBudget = Set.copyOf(Budgets.withBudget(h));
            return Instances.dead(h, instance, now, rules.deadAfter());
        });
        if (dead.isEmpty()) return;
        takeOverJournals();
        run(List.of(new Batch.Op.Recover(dead)));
        jdbi.useTransaction(h -> Instances.forget(h, dead));
    }

    private void attempt(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            log().log(System.Logger.Level.WARNING, Ledger.failure(database, e).getMessage());
        }
    }

    private static void pause() {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }

    private DalangException closedFailure() {
        return new DalangException(new Failure.Overloaded("the ledger is closed: Dalang stops", null));
    }

    /** Looked for when there is something to say: the JDK opens every jar for it. */
    private static System.Logger log() {
        return System.getLogger(Books.class.getName());
    }
}
