package dev.dalang.engine.manage;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatModel;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The models in memory. A model is loaded when a request asks for it, once however many ask; it stays for a while after its
 * last answer, with what it remembers of prompts; and it goes when another needs the room, never in the middle of an
 * answer.
 *
 * <p>Which goes first is decided as in GreedyDual-Size (Cao and Irani 1997): each use gives a model the value {@code age +
 * time to load / bytes}, the smallest value goes, and its value becomes the age. So what takes much room and is loaded
 * quickly goes before what is small or slow, and what was not used for long goes at last anyhow.
 *
 * <p>Safe for use by any number of threads.
 */
public final class ModelManager implements AutoCloseable {

    /** How often a thread that waits looks whether it is still wanted. */
    private static final long POLL_MILLIS = 20;

    /** Longer than any process lives, and short enough to be counted in nanoseconds. */
    private static final Duration FOR_EVER = Duration.ofDays(36_500);

    /** @param keepAlive how long a model stays after its last answer; negative for as long as there is room */
    public record Options(long limitBytes, Duration keepAlive) {
        public Options {
            keepAlive = bounded(keepAlive);
            if (limitBytes < 1) throw DalangException.invalidRequest("memory is " + limitBytes + " bytes", "memory");
        }
    }

    private static Duration bounded(Duration keepAlive) {
        return keepAlive.compareTo(FOR_EVER) > 0 ? FOR_EVER : keepAlive;
    }

    private final class Entry {
        final String name;
        LoadedModel.State state = LoadedModel.State.LOADING;

        @Nullable
        Resident resident;

        @Nullable
        RuntimeException failure;

        long expectedBytes;
        long loadNanos;
        int users;
        boolean pinned;

        /** Room was made: its bytes count. */
        boolean hasRoom;

        Duration keepAlive = options.keepAlive;
        long idleSince;
        double value;

        Entry(String name) {
            this.name = name;
        }

        long bytes() {
            return resident == null ? expectedBytes : resident.bytes();
        }

        boolean canGo() {
            return state == LoadedModel.State.READY && users == 0;
        }

        boolean isExpired(long now) {
            return canGo() && !pinned && !keepAlive.isNegative() && now - idleSince >= keepAlive.toNanos();
        }

        void used() {
            value = age + (double) loadNanos / Math.max(1, bytes());
        }
    }

    private final ModelLoader loader;
    private final Options options;
    private final Consumer<? super ModelEvent> events;
    private final LongSupplier clock;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long changes;
    private double age;
    private boolean closed;

    /**
     * A manager whose idle models go by themselves.
     *
     * @param events told what happens, on the thread that does it
     */
    public ModelManager(ModelLoader loader, Options options, Consumer<? super ModelEvent> events) {
        this(loader, options, events, System::nanoTime);
        Thread sweeper = new Thread(this::sweepUntilClosed, "dalang-models");
        sweeper.setDaemon(true);
        sweeper.start();
    }

    /** A manager whose idle models go at a {@link #sweep}. */
    ModelManager(ModelLoader loader, Options options, Consumer<? super ModelEvent> events, LongSupplier clock) {
        this.loader = loader;
        this.options = options;
        this.events = events;
        this.clock = clock;
    }

    /** A model by its name, whether it is in memory or not: a request loads it. */
    public ChatModel model(String name) {
        return model(name, null);
    }

    /**
     * As {@link #model(String)}.
     *
     * @param keepAlive how long it stays after an answer given through this; negative for as long as there is room, null
     *     for the manager's default
     */
    public ChatModel model(String name, @Nullable Duration keepAlive) {
        return new ManagedModel(this, name, keepAlive);
    }

    /** Loads a model, if it is not loaded, and counts as a use. */
    public void load(String name, @Nullable Duration keepAlive, Cancellation cancellation) {
        if (acquire(name, cancellation) != null) release(name, keepAlive);
    }

    /**
     * Lets {@code use} work with a model, loaded if it was not, which stays meanwhile; counts as a use.
     *
     * @throws DalangException if it cannot be loaded, or the caller does not want it any more
     */
    public <T> T with(
            String name,
            @Nullable Duration keepAlive,
            Cancellation cancellation,
            Function<? super ChatModel, ? extends T> use) {
        ChatModel model = acquire(name, cancellation);
        if (model == null) throw DalangException.invalidRequest("the request was cancelled", null);
        try {
            return use.apply(model);
        } finally {
            release(name, keepAlive);
        }
    }

    /** What the models in memory have to say at this moment, by their names; nothing is loaded for it. */
    public <T> Map<String, T> each(Function<? super ChatModel, ? extends T> use) {
        Map<String, T> all = new LinkedHashMap<>();
        for (LoadedModel m : list()) {
            ChatModel model;
            lock.lock();
            try {
                Entry e = entries.get(m.name());
                if (e == null || e.state != LoadedModel.State.READY || e.resident == null) continue;
                e.users++;
                model = e.resident.model();
            } finally {
                lock.unlock();
            }
            try {
                all.put(m.name(), use.apply(model));
            } finally {
                leave(m.name());
            }
        }
        return all;
    }

    /** As {@link #release}, by one who only looked: the time since the last use goes on. */
    private void leave(String name) {
        lock.lock();
        try {
            Entry e = entries.get(name);
            if (e == null) return;
            e.users--;
            if (e.canGo() && e.keepAlive.isZero() && !e.pinned) unload(e, ModelEvent.Reason.STOPPED);
            tell();
        } finally {
            lock.unlock();
        }
    }

    /** A pinned model stays until it is stopped; one that is not in memory is loaded. */
    public void pin(String name, boolean pinned) {
        if (pinned && acquire(name, Cancellation.NONE) == null) return;
        lock.lock();
        try {
            Entry e = entries.get(name);
            if (e != null) e.pinned = pinned;
        } finally {
            lock.unlock();
        }
        if (pinned) release(name, null);
    }

    /**
     * Unloads a model as soon as it has given the answers under way.
     *
     * @return whether it was in memory
     */
    public boolean stop(String name) {
        lock.lock();
        try {
            Entry e = entries.get(name);
            if (e == null || e.state != LoadedModel.State.READY) return false;
            e.pinned = false;
            e.keepAlive = Duration.ZERO;
            if (e.canGo()) unload(e, ModelEvent.Reason.STOPPED);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** What is in memory, in the order in which it came. */
    public List<LoadedModel> list() {
        lock.lock();
        try {
            long now = clock.getAsLong();
            List<LoadedModel> all = new ArrayList<>();
            for (Entry e : entries.values()) {
                boolean stays = !e.canGo() || e.pinned || e.keepAlive.isNegative();
                Duration left = stays ? null : e.keepAlive.minusNanos(now - e.idleSince);
                all.add(new LoadedModel(e.name, e.state, e.bytes(), e.users, e.pinned, left));
            }
            return all;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The model, loaded, which then stays until {@link #release}; null when cancelled.
     *
     * @throws DalangException if it cannot be loaded, or there is no room that could be made
     */
    @Nullable
    ChatModel acquire(String name, Cancellation cancellation) {
        lock.lock();
        try {
            while (true) {
                if (closed) throw new DalangException(new Failure.Overloaded("the models are being unloaded", null));
                Entry e = entries.get(name);
                if (e == null) {
                    e = new Entry(name);
                    entries.put(name, e);
                    if (!load(e, cancellation)) return null;
                }
                if (e.state == LoadedModel.State.READY && e.resident != null) {
                    e.users++;
                    e.used();
                    return e.resident.model();
                }
                // Another thread loads it, or it is on its way out and will be loaded anew.
                if (!await(cancellation)) return null;
                if (e.failure != null) throw e.failure;
            }
        } finally {
            lock.unlock();
        }
    }

    void release(String name, @Nullable Duration keepAlive) {
        lock.lock();
        try {
            Entry e = entries.get(name);
            if (e == null || e.users == 0) throw new IllegalStateException(name + " is not in use");
            e.users--;
            e.idleSince = clock.getAsLong();
            if (keepAlive != null) e.keepAlive = bounded(keepAlive);
            if (e.canGo() && e.keepAlive.isZero() && !e.pinned) unload(e, ModelEvent.Reason.STOPPED);
            tell();
        } finally {
            lock.unlock();
        }
    }

    /** Loads with the lock held except for the work itself; false when cancelled. */
    private boolean load(Entry e, Cancellation cancellation) {
        boolean ready = false;
        try {
            e.expectedBytes = unlocked(() -> loader.bytes(e.name));
            if (!makeRoom(e, cancellation)) return false;
            long start = clock.getAsLong();
            Resident resident =
                    unlocked(() -> loader.load(e.name, done -> events.accept(new ModelEvent.Loading(e.name, done))));
            e.loadNanos = clock.getAsLong() - start;
            e.resident = resident;
            e.idleSince = clock.getAsLong();
            e.state = LoadedModel.State.READY;
            ready = true;
            events.accept(new ModelEvent.Loaded(e.name, e.bytes(), Duration.ofNanos(e.loadNanos), resident.slower()));
            return true;
        } catch (RuntimeException failure) {
            e.failure = failure;
            events.accept(new ModelEvent.LoadFailed(e.name, String.valueOf(failure.getMessage())));
            throw failure;
        } finally {
            if (!ready) entries.remove(e.name);
            tell();
        }
    }

    private <T> T unlocked(Supplier<T> work) {
        lock.unlock();
        try {
            return work.get();
        } finally {
            lock.lock();
        }
    }

    /** Unloads others until there is room, and waits for those in use; false when cancelled. */
    private boolean makeRoom(Entry wanted, Cancellation cancellation) {
        while (true) {
            long free = options.limitBytes;
            long fixed = 0;
            for (Entry e : entries.values()) {
                if (!e.hasRoom) continue;
                free -= e.bytes();
                if (e.pinned) fixed += e.bytes();
            }
            if (wanted.expectedBytes <= free) {
                wanted.hasRoom = true;
                return true;
            }
            long ever = options.limitBytes - fixed;
            if (wanted.expectedBytes > ever) {
                throw new DalangException(new Failure.DoesNotFit(
                        wanted.name + " takes " + wanted.expectedBytes + " bytes, but models may take "
                                + options.limitBytes + (fixed == 0 ? "" : ", of which pinned ones have " + fixed),
                        wanted.expectedBytes,
                        ever));
            }
            Entry victim = entries.values().stream()
                    .filter(e -> e.canGo() && !e.pinned)
                    .min(Comparator.comparingDouble((Entry e) -> e.value))
                    .orElse(null);
            if (victim == null) {
                if (!await(cancellation)) return false;
            } else {
                age = Math.max(age, victim.value);
                unload(victim, ModelEvent.Reason.ROOM);
            }
        }
    }

    /** With the lock held except for the work itself. */
    private void unload(Entry e, ModelEvent.Reason reason) {
        e.state = LoadedModel.State.UNLOADING;
        Resident resident = e.resident;
        try {
            unlocked(() -> {
                if (resident != null) resident.close();
                return true;
            });
        } finally {
            entries.remove(e.name);
            tell();
        }
        events.accept(new ModelEvent.Unloaded(e.name, reason));
    }

    /** Unloads what nobody used for as long as it was to be kept. */
    void sweep() {
        lock.lock();
        try {
            while (true) {
                long now = clock.getAsLong();
                Entry expired = entries.values().stream()
                        .filter(e -> e.isExpired(now))
                        .findFirst()
                        .orElse(null);
                if (expired == null) return;
                unload(expired, ModelEvent.Reason.IDLE);
            }
        } finally {
            lock.unlock();
        }
    }

    private void sweepUntilClosed() {
        lock.lock();
        try {
            while (!closed) {
                sweep();
                long now = clock.getAsLong();
                long next = entries.values().stream()
                        .filter(e -> e.canGo() && !e.pinned && !e.keepAlive.isNegative())
                        .mapToLong(e -> e.keepAlive.toNanos() - (now - e.idleSince))
                        .min()
                        .orElse(Long.MAX_VALUE);
                if (!closed) changed.awaitNanos(next);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    private void tell() {
        changes++;
        changed.signalAll();
    }

    /** Waits for a change, with the lock given up; false when cancelled. */
    private boolean await(Cancellation cancellation) {
        long before = changes;
        try {
            while (changes == before) {
                if (cancellation.isCancelled()) return false;
                boolean _ = changed.await(POLL_MILLIS, TimeUnit.MILLISECONDS);
            }
            return !cancellation.isCancelled();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Takes no more requests, waits for those under way, and unloads everything. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            while (!entries.isEmpty()) {
                Entry idle = entries.values().stream()
                        .filter(Entry::canGo)
                        .findFirst()
                        .orElse(null);
                if (idle == null) changed.awaitUninterruptibly();
                else unload(idle, ModelEvent.Reason.STOPPED);
            }
            tell();
        } finally {
            lock.unlock();
        }
    }
}
