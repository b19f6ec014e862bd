package dev.dalang.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.engine.generate.SchedulerSimulator.Client;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Scheduler, cache and cancellation through very many steps, and the laws of the house. {@code -Ddalang.test.steps=N}
 * sets how many steps each of the long runs takes.
 */
class SchedulerSimulationTest {

    private static final int STEPS = Integer.getInteger("dalang.test.steps", 30_000);

    private static final SchedulerLimits LIMITS = new SchedulerLimits(512, 512, 256, 10_000, 10_000);

    /** Nanoseconds: some times what a full queue takes to be worked off. */
    private static final long LONGEST_WAIT = 600_000_000_000L;

    private static int[] prompt(Random random, int length) {
        return random.ints(length, 1, SchedulerSimulator.VOCABULARY).toArray();
    }

    private static SchedulerSimulator quiet() {
        return new SchedulerSimulator(1, LIMITS, 4_000, false, false);
    }

    /**
     * Clients of all kinds come and go at random: with shared beginnings, priorities, deadlines, changes of mind, and
     * some whose request no pass can do; and passes fail of themselves. Nobody is lost, nobody starves.
     */
    @ParameterizedTest(name = "memory for {1} pages, recurrent {2}, phases agree {3}")
    @CsvSource({
        "1, 40, false, false",
        "2, 40, false, true",
        "3, 40, true, false",
        "4, 40, true, true",
        "5, 11, false, false",
        "6, 11, true, true",
        "7, 300, false, true"
    })
    void everybodyIsAnswered(long seed, int pages, boolean recurrent, boolean phasesAgree) {
        SchedulerLimits limits = new SchedulerLimits(128, 96, 64, 40, 15);
        SchedulerSimulator world = new SchedulerSimulator(seed, limits, pages, recurrent, phasesAgree);
        world.faults = 0.002;
        world.guessing = true;
        Random random = new Random(seed);
        int[][] beginnings = new int[6][];
        for (int i = 0; i < beginnings.length; i++) beginnings[i] = prompt(random, 50 + random.nextInt(900));
        Count count = new Count();
        // Phases of too much to do and of too little.
        double rush = 0.2;
        while (world.steps < STEPS) {
            if (world.steps % 500 == 0) rush = random.nextDouble() * random.nextDouble() * 0.6;
            if (random.nextDouble() < rush) arrive(world, random, beginnings, pages);
            for (Client c : world.clients) {
                if (random.nextInt(1500) == 0) c.cancelled = true;
                boolean expected = c.cancelled || world.now >= c.deadline;
                if (expected) c.waitedSteps++;
            }
            world.step();
            for (Client c : world.clients) {
                if (!c.over() && c.waitedSteps > 1) throw new AssertionError("goes on after cancellation or deadline");
                if (!c.over() && world.now - c.arrived > LONGEST_WAIT) throw new AssertionError("somebody starves");
            }
            // Conversations go on: what was said becomes what others begin with.
            for (Client c : world.clients) {
                int[] text = c.text();
                boolean fits = text.length < 950 && text.length > 50 && !c.poisonous;
                if (c.over() && fits) beginnings[random.nextInt(3)] = text;
            }
            world.clients.removeIf(c -> count.over(c, world));
        }
        world.finish();
        world.clients.removeIf(c -> count.over(c, world));
        assertThat(world.clients).isEmpty();
        world.close();
        assertThat(count.answered).isPositive();
        assertThat(count.cancelled).isPositive();
        assertThat(count.late).isPositive();
        assertThat(count.poisoned).isPositive();
        if (pages < 50) assertThat(count.refused).isPositive();
        assertThat(world.scheduler.stats().cachedTokens()).isPositive();
        if (pages < 12) assertThat(world.scheduler.stats().preemptions()).isPositive();
    }

    private static void arrive(SchedulerSimulator world, Random random, int[][] beginnings, int pages) {
        int[] beginning = beginnings[random.nextInt(beginnings.length)];
        int shared = random.nextInt(pages < 12 && random.nextBoolean() ? 50 : beginning.length + 1);
        int[] own = prompt(random, 1 + random.nextInt(random.nextInt(4) == 0 ? 600 : 40));
        int[] ids = Arrays.copyOf(beginning, shared + own.length);
        System.arraycopy(own, 0, ids, shared, own.length);
        boolean poisonous = random.nextInt(50) == 0;
        if (poisonous) ids[random.nextInt(ids.length)] = SchedulerSimulator.POISON;
        // Where memory is short they also talk much, so that they outgrow it together.
        int answer = random.nextInt(random.nextInt(10) == 0 ? 700 : pages < 12 && shared < 50 ? 1200 : 60);
        Priority priority = Priority.values()[random.nextInt(3)];
        Client c = world.submit(ids, answer, "user" + random.nextInt(4), priority);
        c.poisonous = poisonous;
        if (random.nextInt(8) == 0) c.deadline = world.now + 1_000_000_000L * (1 + random.nextInt(60));
        assertThat((ids.length + answer) / 256 + 2)
                .as("a request by itself has room")
                .isLessThan(pages);
    }

    /** What became of those who are through. */
    private static final class Count {
        int answered;
        int cancelled;
        int late;
        int poisoned;
        int refused;
        int struck;

        boolean over(Client c, SchedulerSimulator world) {
            if (!c.over()) return false;
            assertThat(c.reason == null).isNotEqualTo(c.failure == null);
            if (c.failure != null) {
                switch (SchedulerSimulator.failure(c)) {
                    case Failure.Overloaded o -> {
                        assertThat(o.retryAfter()).isPositive();
                        refused++;
                    }
                    case Failure.RateLimited r -> {
                        assertThat(r.retryAfter()).isPositive();
                        refused++;
                    }
                    case Failure.TimedOut t -> {
                        assertThat(world.now).isGreaterThanOrEqualTo(c.deadline);
                        late++;
                    }
                    case null -> {
                        // Only who is to blame, or who was alone when a pass failed of itself, fails.
                        boolean poison = String.valueOf(c.failure).contains("poison");
                        if (poison) poisoned++;
                        else struck++;
                        assertThat(poison && !c.poisonous).isFalse();
                        assertThat(c.failure).hasMessage(poison ? "poison" : "a fault");
                    }
                    default -> throw new AssertionError(c.failure);
                }
            } else if (c.reason == FinishReason.CANCELLED) {
                assertThat(c.cancelled).isTrue();
                cancelled++;
            } else {
                assertThat(c.poisonous).isFalse();
                assertThat(c.drawn).isEqualTo(c.answer);
                answered++;
            }
            return true;
        }
    }

    @Test
    void theSameSeedGivesTheSameRun() {
        List<Long> first = trace();
        assertThat(trace()).isEqualTo(first);
    }

    private static List<Long> trace() {
        List<Long> ends = new ArrayList<>();
        SchedulerSimulator world = new SchedulerSimulator(9, new SchedulerLimits(64, 64, 32, 9, 9), 20, false, false);
        Random random = new Random(9);
        int[][] beginnings = {prompt(random, 500)};
        for (int i = 0; i < 300; i++) {
            if (i % 4 == 0) arrive(world, random, beginnings, 20);
            world.step();
        }
        world.finish();
        world.clients.forEach(c -> ends.add(c.end));
        world.close();
        return ends;
    }

    @Test
    void eightEqualRequestsTakeLessThanTwiceTheTimeOfOne() {
        long alone;
        try (SchedulerSimulator world = quiet()) {
            Client c = world.submit(prompt(world.random, 100), 200, "a", Priority.NORMAL);
            world.finish();
            alone = c.end - c.arrived;
        }
        try (SchedulerSimulator world = quiet()) {
            for (int i = 0; i < 8; i++) world.submit(prompt(world.random, 100), 200, "u" + i % 3, Priority.NORMAL);
            world.finish();
            assertThat(world.now).isLessThan(2 * alone);
        }
    }

    @Test
    void theSlowestFirstTokenComesWithinTwiceTheFastest() {
        for (int length : new int[] {20, 200, 3000}) {
            try (SchedulerSimulator world = quiet()) {
                for (int i = 0; i < 8; i++) world.submit(prompt(world.random, length), 30, "a", Priority.NORMAL);
                world.finish();
                long slowest = world.clients.stream()
                        .mapToLong(c -> c.firstToken)
                        .max()
                        .orElseThrow();
                long fastest = world.clients.stream()
                        .mapToLong(c -> c.firstToken)
                        .min()
                        .orElseThrow();
                assertThat(slowest).as("%d tokens", length).isLessThanOrEqualTo(2 * fastest);
            }
        }
    }

    @Test
    void aShortRequestOvertakesALongOne() {
        try (SchedulerSimulator world = quiet()) {
            Client longOne = world.submit(prompt(world.random, 20_000), 10, "a", Priority.NORMAL);
            for (int i = 0; i < 3; i++) world.step();
            Client shortOne = world.submit(prompt(world.random, 50), 10, "a", Priority.NORMAL);
            world.finish();
            assertThat(shortOne.end).isLessThan(longOne.firstToken);
        }
    }

    @Test
    void amongEqualsWhoCameFirstIsServedFirst() {
        SchedulerLimits narrow = new SchedulerLimits(64, 64, 64, 1000, 1000);
        try (SchedulerSimulator world = new SchedulerSimulator(5, narrow, 12, false, false)) {
            for (int i = 0; i < 40; i++) {
                world.submit(prompt(world.random, 300), 20, "a", Priority.NORMAL);
                world.step();
            }
            world.finish();
            assertThat(world.clients).isSortedAccordingTo(Comparator.comparingInt(c -> c.turn));
        }
    }

    @Test
    void whatPromptsHaveInCommonIsReadOnce() {
        try (SchedulerSimulator world = quiet()) {
            int[] system = prompt(world.random, 1000);
            for (int i = 0; i < 8; i++) {
                int[] ids = Arrays.copyOf(system, 1020);
                System.arraycopy(prompt(world.random, 20), 0, ids, 1000, 20);
                world.submit(ids, 5, "u" + i, Priority.NORMAL);
            }
            world.finish();
            // Once the whole, and of the others what they add.
            assertThat(world.scheduler.stats().promptTokens()).isLessThan(1020 + 7 * 25);
            Client again = world.submit(Arrays.copyOf(system, 1000), 5, "a", Priority.NORMAL);
            world.finish();
            assertThat(again.reason).isEqualTo(FinishReason.END_OF_TURN);
            assertThat(world.scheduler.stats().promptTokens()).isLessThan(1020 + 7 * 25 + 2);
        }
    }

    /** One who asks for much does not make others wait: they are served as if he asked as much as they. */
    @Test
    void usersGetEqualShares() {
        SchedulerLimits narrow = new SchedulerLimits(64, 64, 64, 1000, 1000);
        try (SchedulerSimulator world = new SchedulerSimulator(2, narrow, 12, false, false)) {
            for (int i = 0; i < 100; i++) world.submit(prompt(world.random, 300), 20, "greedy", Priority.NORMAL);
            for (int i = 0; i < 5; i++) world.step();
            List<Client> modest = new ArrayList<>();
            for (int i = 0; i < 5; i++) modest.add(world.submit(prompt(world.random, 300), 20, "b", Priority.NORMAL));
            world.finish();
            long last = modest.stream().mapToLong(c -> c.end).max().orElseThrow();
            long before = world.clients.stream()
                    .filter(c -> c.user.equals("greedy") && c.end <= last)
                    .count();
            assertThat(before).isLessThan(20);
        }
    }

    @Test
    void higherPriorityIsServedMoreAndLowerIsNotForgotten() {
        SchedulerLimits narrow = new SchedulerLimits(64, 64, 64, 1000, 1000);
        try (SchedulerSimulator world = new SchedulerSimulator(3, narrow, 12, false, false)) {
            for (int i = 0; i < 60; i++) {
                world.submit(prompt(world.random, 200), 10, "a", i % 2 == 0 ? Priority.LOW : Priority.HIGH);
            }
            world.finish();
            List<Client> byEnd = new ArrayList<>(world.clients);
            byEnd.sort(Comparator.comparingLong(c -> c.end));
            long low = byEnd.subList(0, 30).stream()
                    .filter(c -> c.priority == Priority.LOW)
                    .count();
            assertThat(low).isBetween(1L, 8L);
        }
    }

    @Test
    void whoComesToAFullQueueIsToldWhenToComeBack() {
        SchedulerLimits small = new SchedulerLimits(64, 64, 64, 6, 4);
        try (SchedulerSimulator world = new SchedulerSimulator(4, small, 12, false, false)) {
            for (int i = 0; i < 5; i++) world.submit(prompt(world.random, 500), 20, "a", Priority.NORMAL);
            assertThat(SchedulerSimulator.failure(world.clients.getLast()))
                    .isInstanceOfSatisfying(
                            Failure.RateLimited.class,
                            f -> assertThat(f.retryAfter()).isBetween(Duration.ofSeconds(1), Duration.ofMinutes(5)));
            for (int i = 0; i < 3; i++) world.submit(prompt(world.random, 500), 20, "u" + i, Priority.NORMAL);
            assertThat(SchedulerSimulator.failure(world.clients.getLast())).isInstanceOf(Failure.Overloaded.class);
            assertThat(world.clients.getLast().accepted).isZero();
            world.finish();
            assertThat(world.clients.stream().filter(c -> c.reason == FinishReason.END_OF_TURN))
                    .hasSize(6);
        }
    }

    @Test
    void aPromptThatIsCancelledStopsWithinThePass() {
        try (SchedulerSimulator world = quiet()) {
            Client c = world.submit(prompt(world.random, 5_000), 10, "a", Priority.NORMAL);
            world.step();
            c.cancelled = true;
            world.step();
            assertThat(c.reason).isEqualTo(FinishReason.CANCELLED);
            world.finish();
        }
    }
}
