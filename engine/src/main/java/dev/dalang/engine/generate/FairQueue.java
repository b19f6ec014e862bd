package dev.dalang.engine.generate;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who is next: start-time fair queueing (Goyal et al. 1996) between flows, each the requests of one user at one
 * priority. A flow's virtual time grows by the work done for it over its weight, and the flow that is furthest behind is
 * next; within a flow, who came first. A flow that comes anew begins where the others are, so that nobody saves up.
 */
final class FairQueue {

    /** @param user {@link Generation#user} */
    record Key(String user, Priority priority) {}

    static final class Flow {
        private final Key key;
        private final Deque<Job> waiting = new ArrayDeque<>();
        private double time;
        private int running;

        private Flow(Key key, double time) {
            this.key = key;
            this.time = time;
        }

        int weight() {
            return key.priority.weight();
        }
    }

    private final Map<Key, Flow> flows = new LinkedHashMap<>();
    private double now;
    private int size;

    /** Requests that wait. */
    int size() {
        return size;
    }

    int waitingOf(String user) {
        int sum = 0;
        for (Flow f : flows.values()) if (f.key.user.equals(user)) sum += f.waiting.size();
        return sum;
    }

    Flow flow(String user, Priority priority) {
        return flows.computeIfAbsent(new Key(user, priority), k -> new Flow(k, now));
    }

    void add(Job job) {
        job.flow.waiting.addLast(job);
        size++;
    }

    /** Puts back what had its turn already. */
    void addFirst(Job job) {
        job.flow.running--;
        job.flow.waiting.addFirst(job);
        size++;
    }

    @Nullable
    Job peek() {
        return flows.values().stream()
                .filter(f -> !f.waiting.isEmpty())
                .min(Comparator.comparingDouble((Flow f) -> f.time).thenComparingLong(f -> f.waiting.getFirst().number))
                .map(f -> f.waiting.getFirst())
                .orElse(null);
    }

    /** Takes the first of its flow out to run it. */
    void start(Job job) {
        if (job.flow.waiting.removeFirst() != job) throw new IllegalStateException("not the first of its flow");
        size--;
        job.flow.running++;
    }

    /** A running job is over. */
    void ended(Job job) {
        job.flow.running--;
        tidy(job.flow);
    }

    /** Takes out a job that waits. */
    void remove(Job job) {
        if (!job.flow.waiting.remove(job)) throw new IllegalStateException("not waiting");
        size--;
        tidy(job.flow);
    }

    List<Job> waiting() {
        List<Job> all = new ArrayList<>();
        for (Flow f : flows.values()) all.addAll(f.waiting);
        return all;
    }

    /** Counts work done for a job. */
    void charge(Job job, double work) {
        job.flow.time += work / job.flow.weight();
        advance();
    }

    private void tidy(Flow flow) {
        if (flow.running > 0 || !flow.waiting.isEmpty()) return;
        flows.remove(flow.key);
        if (flows.isEmpty()) now = Math.max(now, flow.time);
        else advance();
    }

    private void advance() {
        double least = Double.POSITIVE_INFINITY;
        for (Flow f : flows.values()) least = Math.min(least, f.time);
        if (least != Double.POSITIVE_INFINITY) now = Math.max(now, least);
    }
}
