package dev.dalang.engine.generate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How the tokens of a pass that are left for prompts are shared out: each flow gets its weight's part, and its requests
 * equal parts of that; what somebody does not need goes to the others (water filling). So a short prompt is through while
 * a long one is still being read, and equal ones are through together.
 */
final class PromptShares {

    /** Below this a part is not worth its overhead: fewer prompts go at a time, in turns. */
    private static final int LEAST = 16;

    private PromptShares() {}

    /** How many prompts go into a pass with {@code budget} tokens for them. */
    static int most(int budget) {
        return Math.max(1, budget / LEAST);
    }

    /** Tokens for each job, at most what is pending, together at most {@code budget}; none for some if it is small. */
    static Map<Job, Integer> divide(int budget, List<Job> jobs) {
        Map<FairQueue.Flow, List<Job>> flows = new LinkedHashMap<>();
        for (Job j : jobs) flows.computeIfAbsent(j.flow, f -> new ArrayList<>()).add(j);
        List<Map.Entry<FairQueue.Flow, List<Job>>> order = new ArrayList<>(flows.entrySet());
        order.sort(Comparator.comparingDouble(
                e -> (double) pending(e.getValue()) / e.getKey().weight()));
        int weights = order.stream().mapToInt(e -> e.getKey().weight()).sum();
        Map<Job, Integer> shares = new LinkedHashMap<>();
        int left = budget;
        for (Map.Entry<FairQueue.Flow, List<Job>> e : order) {
            int part = (int) ((long) left * e.getKey().weight() / weights);
            weights -= e.getKey().weight();
            left -= among(part, e.getValue(), shares);
        }
        return shares;
    }

    private static long pending(List<Job> jobs) {
        return jobs.stream().mapToLong(Job::pending).sum();
    }

    private static int among(int budget, List<Job> jobs, Map<Job, Integer> shares) {
        List<Job> order = new ArrayList<>(jobs);
        order.sort(Comparator.comparingInt(Job::pending));
        int left = budget;
        for (int i = 0; i < order.size(); i++) {
            Job j = order.get(i);
            int share = Math.min(j.pending(), left / (order.size() - i));
            if (share > 0) shares.put(j, share);
            left -= share;
        }
        return budget - left;
    }
}
