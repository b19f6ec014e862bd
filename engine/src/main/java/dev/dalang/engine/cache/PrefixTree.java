package dev.dalang.engine.cache;

import dev.dalang.engine.adapter.AdapterMix;
import dev.dalang.engine.kernel.KvRows;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What earlier requests have left in a {@link CachePool}, found by tokens: a radix tree whose edges are pages (after
 * RadixAttention, Zheng et al. 2024), so that prompts which begin alike are read once.
 *
 * <p>A full page is shared as it is. Of the page where two texts part, the part in common is copied. A model with
 * recurrent layers can go on only where its states were kept: at the ends of pages that {@link #isCheckpoint} names, and
 * where a text ended; elsewhere nothing is shared.
 *
 * <p>A node holds one reference to its page, beside those of the sequences that use it. When memory runs short the leaf
 * that was used least recently goes first, unless a sequence uses its page too, as that would free nothing.
 *
 * <p>One thread at a time, the pool's.
 */
public final class PrefixTree {

    /** A page under its parent's; {@code tokens} are its own, fewer than a page only in a leaf. */
    private static final class Node {
        final @Nullable Node parent;
        final int[] tokens;
        final int page;
        final TreeMap<int[], Node> children = new TreeMap<>(Arrays::compare);

        @Nullable
        LayerStates states;

        Node(@Nullable Node parent, int[] tokens, int page) {
            this.parent = parent;
            this.tokens = tokens;
            this.page = page;
        }
    }

    private final CachePool pool;
    private final Map<AdapterMix, Node> roots = new HashMap<>();

    /** Least recently used first; a parent is never before its child. */
    private final LinkedHashSet<Node> byUse = new LinkedHashSet<>();

    public PrefixTree(CachePool pool) {
        this.pool = pool;
    }

    /** Nodes held. */
    public int size() {
        return byUse.size();
    }

    /** The pages held, and how often each. */
    public Map<Integer, Integer> pages() {
        Map<Integer, Integer> counts = new HashMap<>();
        for (Node n : byUse) counts.merge(n.page, 1, Integer::sum);
        return counts;
    }

    /** Recurrent states held. */
    public int checkpoints() {
        return (int) byUse.stream().filter(n -> n.states != null).count();
    }

    /** Whether a recurrent model's states are worth keeping at this position of a prompt. */
    public static boolean isCheckpoint(int position) {
        int page = position / KvRows.PAGE;
        // Near the beginning, where prompts have most in common, often; then ever more rarely: states are large.
        return page > 0 && position % KvRows.PAGE == 0 && (Integer.bitCount(page) == 1 || page % 8 == 0);
    }

    /** The last position up to {@code position} at which states are kept, 0 for none. */
    public static int checkpointUpTo(int position) {
        int at = position / KvRows.PAGE * KvRows.PAGE;
        while (at > 0 && !isCheckpoint(at)) at -= KvRows.PAGE;
        return at;
    }

    /** Whether the model has recurrent layers. */
    public boolean isRecurrent() {
        return pool.isRecurrent();
    }

    /** Where to go on: the last full page to adopt, and what of the page after it. */
    private record Find(
            int position, @Nullable Node full, @Nullable Node tail, int tailTokens) {}

    private Find find(AdapterMix adapters, int[] ids, int limit) {
        Node at = roots.get(adapters);
        Find best = new Find(0, null, null, 0);
        if (at == null) return best;
        int position = 0;
        while (true) {
            int rest = limit - position;
            int[] wanted = Arrays.copyOfRange(ids, position, position + Math.min(KvRows.PAGE, rest));
            Node next = wanted.length == KvRows.PAGE ? at.children.get(wanted) : null;
            if (!pool.isRecurrent()) {
                if (next == null) {
                    Node tail = nearest(at, wanted);
                    int common = tail == null ? 0 : common(tail.tokens, wanted);
                    return new Find(position + common, position == 0 ? null : at, common == 0 ? null : tail, common);
                }
                best = new Find(position + KvRows.PAGE, next, null, 0);
            } else {
                Node tail = longestWithStates(at, wanted);
                if (tail != null && tail.tokens.length == KvRows.PAGE) {
                    best = new Find(position + KvRows.PAGE, tail, null, 0);
                } else if (tail != null) {
                    best = new Find(position + tail.tokens.length, position == 0 ? null : at, tail, tail.tokens.length);
                }
                if (next == null) return best;
            }
            at = next;
            position += KvRows.PAGE;
        }
    }

    /** The child with the most tokens in common: a neighbour of the wanted ones in their order. */
    private static @Nullable Node nearest(Node at, int[] wanted) {
        Map.Entry<int[], Node> below = at.children.floorEntry(wanted);
        Map.Entry<int[], Node> above = at.children.ceilingEntry(wanted);
        if (below == null) return above == null ? null : above.getValue();
        if (above == null) return below.getValue();
        return common(below.getKey(), wanted) >= common(above.getKey(), wanted) ? below.getValue() : above.getValue();
    }

    /** The longest child with states whose tokens are the first of the wanted ones. */
    private static @Nullable Node longestWithStates(Node at, int[] wanted) {
        int[] prefix = wanted;
        while (prefix.length > 0) {
            Map.Entry<int[], Node> below = at.children.floorEntry(prefix);
            if (below == null) return null;
            int common = common(below.getKey(), prefix);
            boolean whole = common == below.getKey().length;
            if (whole && below.getValue().states != null) return below.getValue();
            prefix = Arrays.copyOf(prefix, whole ? common - 1 : common);
        }
        return null;
    }

    private static int common(int[] a, int[] b) {
        int at = Arrays.mismatch(a, b);
        return at < 0 ? a.length : at;
    }

    /**
     * How many of the first {@code limit} tokens are held, without taking them.
     *
     * @param limit at most so many; at least 1 fewer than a prompt's tokens, as the last is evaluated for its logits
     */
    public int held(AdapterMix adapters, int[] ids, int limit) {
        return find(adapters, ids, limit).position;
    }

    /**
     * Lets a sequence go on from what is held of a text, where that is further than the sequence is.
     *
     * @param sequence which holds the first tokens of {@code ids}
     * @return its length
     */
    public int resume(Sequence sequence, int[] ids, int limit) {
        Find found = find(sequence.adapters(), ids, limit);
        if (found.position <= sequence.length()) return sequence.length();
        int fullPages = (found.position - found.tailTokens) / KvRows.PAGE;
        Node[] path = new Node[fullPages];
        Node node = found.full;
        for (int i = fullPages - 1; i >= 0 && node != null; i--) {
            path[i] = node;
            node = node.parent;
        }
        int have = Math.min(sequence.length() / KvRows.PAGE, fullPages);
        // A page that is half filled here is full there, or its copy goes further.
        sequence.releaseFrom(have);
        for (int i = have; i < fullPages; i++) sequence.adopt(path[i].page);
        Node last = found.full;
        if (found.tail != null) {
            while (!sequence.copyTail(found.tail.page, found.tailTokens)) {
                if (!evict(found.tail)) break;
            }
            if (sequence.length() == found.position) last = found.tail;
        }
        if (pool.isRecurrent()) {
            if (last == null || last.states == null || sequence.length() != found.position) {
                // No room for the copy: from the beginning, rather than from a state that is not there.
                sequence.releaseFrom(0);
                sequence.abandonPass();
                return 0;
            }
            sequence.restore(last.states);
        }
        touch(last);
        return sequence.length();
    }

    private void touch(@Nullable Node node) {
        for (Node n = node; n != null && n.parent != null; n = n.parent) byUse.addLast(n);
    }

    /**
     * Keeps what a sequence holds of the first {@code length} tokens; the sequence may go on behind them. For a recurrent
     * model its states are kept too, which must be those at {@code length}.
     */
    public void keep(Sequence sequence, int[] ids, int length) {
        if (length > sequence.length() || pool.isRecurrent() && length != sequence.length()) {
            throw new IllegalArgumentException(length + " of " + sequence.length());
        }
        if (pool.isRecurrent() && !makeRoom(pool.stateBytes())) return;
        Node at = roots.computeIfAbsent(sequence.adapters(), a -> new Node(null, new int[0], -1));
        int position = 0;
        for (; position + KvRows.PAGE <= length; position += KvRows.PAGE) {
            int index = position / KvRows.PAGE;
            int[] tokens = Arrays.copyOfRange(ids, position, position + KvRows.PAGE);
            Node child = at.children.get(tokens);
            if (child == null) {
                child = add(at, tokens, sequence.page(index));
                removeCovered(at, tokens);
            } else if (child.page != sequence.page(index)) {
                sequence.replace(index, child.page);
            }
            at = child;
        }
        if (position < length) {
            int page = sequence.page(position / KvRows.PAGE);
            at = keepTail(at, Arrays.copyOfRange(ids, position, length), page);
        }
        if (pool.isRecurrent() && at.states == null) at.states = sequence.checkpoint();
        touch(at);
    }

    private Node keepTail(Node at, int[] tokens, int page) {
        Node same = at.children.get(tokens);
        if (same != null) return same;
        if (!pool.isRecurrent()) {
            Node longer = nearest(at, tokens);
            if (longer != null && common(longer.tokens, tokens) == tokens.length) return longer;
        }
        Node added = add(at, tokens, page);
        removeCovered(at, tokens);
        return added;
    }

    private Node add(Node parent, int[] tokens, int page) {
        Node child = new Node(parent, tokens, page);
        pool.retain(page);
        parent.children.put(tokens, child);
        byUse.addLast(child);
        return child;
    }

    /** A shorter leaf that a longer text covers is of no use, unless it has states of its own. */
    private void removeCovered(Node parent, int[] tokens) {
        Map.Entry<int[], Node> below = parent.children.lowerEntry(tokens);
        if (below == null) return;
        Node shorter = below.getValue();
        if (shorter.tokens.length < KvRows.PAGE
                && shorter.states == null
                && common(shorter.tokens, tokens) == shorter.tokens.length) {
            remove(shorter);
        }
    }

    private void remove(Node node) {
        byUse.remove(node);
        Node parent = node.parent;
        if (parent == null) throw new IllegalStateException("a root is not removed");
        parent.children.remove(node.tokens);
        pool.release(node.page);
        if (node.states != null) node.states.close();
        node.states = null;
        if (!parent.children.isEmpty()) return;
        if (parent.parent == null) roots.values().remove(parent);
        // Without states nobody can go on from there.
        else if (pool.isRecurrent() && parent.states == null) remove(parent);
    }

    /** Frees the memory of what was used least recently; false when nothing held here would free any. */
    public boolean evict() {
        return evict(null);
    }

    private boolean evict(@Nullable Node except) {
        for (Iterator<Node> i = byUse.iterator(); i.hasNext(); ) {
            Node n = i.next();
            if (n == except || !frees(n)) continue;
            remove(n);
            return true;
        }
        return false;
    }

    private boolean frees(Node n) {
        return n.children.isEmpty() && (n.states != null || pool.references(n.page) == 1);
    }

    /** Frees until {@code bytes} more may be used; false when that cannot be had. */
    public boolean makeRoom(long bytes) {
        while (!pool.hasRoom(bytes)) if (!evict()) return false;
        return true;
    }

    /** Bytes that eviction could free. */
    public long reclaimableBytes() {
        long sum = 0;
        for (Node n : byUse) {
            if (pool.references(n.page) == 1) sum += pool.pageBytes();
            if (n.states != null) sum += pool.stateBytes();
        }
        return sum;
    }

    /** Forgets everything. */
    public void clear() {
        for (Node n : List.copyOf(byUse)) if (n.children.isEmpty()) removeUpwards(n);
    }

    private void removeUpwards(Node leaf) {
        for (Node n = leaf; n.parent != null && n.children.isEmpty() && byUse.contains(n); n = n.parent) remove(n);
    }
}
