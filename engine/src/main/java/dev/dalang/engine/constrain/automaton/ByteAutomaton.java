package dev.dalang.engine.constrain.automaton;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * The bytes in which the texts of a {@link TextDfa} are written, as a deterministic automaton whose states are made
 * when they are first met. Bytes that cannot be completed to a text of the language are refused at once, also in the
 * middle of a character or of an escape. Not thread-safe.
 *
 * <p>A filter leaves only some labels of the language. States from which nothing that a filter forbids can be reached
 * are those of no filter, so that what is known of them is known for all filters.
 */
public final class ByteAutomaton {

    /** How texts are written. */
    public enum Encoding {
        /** As UTF-8. */
        PLAIN,
        /**
         * As a JSON string (RFC 8259, section 7), quotes included. Letters and what else of ASCII needs no escape have
         * none, as every writer does, so that a known text can be written in one way only. Surrogates are escaped in
         * pairs.
         */
        JSON
    }

    public static final int DEAD = -1;
    public static final int UNKNOWN = -2;

    private static final int TEXT = 0;
    private static final int DONE = 1;
    private static final int UTF8 = 2;
    private static final int PENDING = 3;
    private static final int ESCAPE = 4;
    private static final int HEX = 5;
    private static final int LOW_BACKSLASH = 6;
    private static final int LOW_U = 7;
    private static final int LOW_HEX = 8;
    private static final int QUOTE = 9;

    /** The first code point that some writers escape though they need not. */
    private static final int AFTER_ASCII = 0x7f;

    private static final int FILTER_BITS = 12;
    private static final int STATE_BITS = 22;
    private static final int EXTRA_BITS = 26;

    /** What is remembered of transitions: 32 MiB, after which it is learnt anew. */
    private static final int MAX_ROWS = 1 << 15;

    private record Filter(boolean[] live, boolean[] mixed, BitSet labels) {}

    private final TextDfa dfa;
    private final Encoding encoding;

    private final Map<BitSet, Integer> filterIds = new HashMap<>();
    private Filter[] filters = new Filter[4];
    private int filterCount = 1;
    private final Map<Integer, boolean[]> enduring = new HashMap<>();

    private final Map<Long, Integer> ids = new HashMap<>();
    private long[] keys = new long[64];
    private int[] labels = new int[64];
    private int[][] rows = new int[64][];
    private int size;
    private int rowCount;

    public ByteAutomaton(TextDfa dfa, Encoding encoding) {
        this.dfa = dfa;
        this.encoding = encoding;
    }

    /** The start, with every label. */
    public int start() {
        return startOf(0);
    }

    /** The start when only some labels count, or {@link #DEAD} where none of them can be reached. */
    public int start(BitSet allowed) {
        Integer id = filterIds.get(allowed);
        if (id == null) {
            if (filterCount == 1 << FILTER_BITS) {
                throw Refusal.tooLarge("more than " + filterCount + " combinations of keys in one object");
            }
            id = filterCount++;
            if (id >= filters.length) filters = Arrays.copyOf(filters, 2 * id);
            BitSet labels = (BitSet) allowed.clone();
            filters[id] = new Filter(dfa.reaching(labels::get), dfa.reaching(l -> !labels.get(l)), labels);
            filterIds.put(labels, id);
        }
        return startOf(id);
    }

    private int startOf(int filter) {
        if (dfa.isEmpty() || (filter > 0 && !filters[filter].live[0])) return DEAD;
        return encoding == Encoding.JSON ? id(QUOTE, filter, 0, 0) : text(filter, 0);
    }

    /** The label of a complete text, or -1. */
    public int label(int state) {
        return labels[state];
    }

    private int labelOf(int kind, int filter, int q, int extra) {
        if (kind == DONE) return extra;
        return kind == TEXT && encoding == Encoding.PLAIN ? labelOf(filter, q) : -1;
    }

    private int labelOf(int filter, int q) {
        int label = dfa.label(q);
        return label >= 0 && (filter == 0 || filters[filter].labels.get(label)) ? label : -1;
    }

    /** The state after a byte (0 to 255), or {@link #DEAD}. */
    public int next(int state, int b) {
        int[] row = row(state);
        int to = row[b];
        return to == UNKNOWN ? learn(state, row, b) : to;
    }

    /** The known transitions of a state, for those who ask for many: by byte, {@link #UNKNOWN} where not known. */
    public int[] row(int state) {
        int[] row = rows[state];
        if (row == null) {
            if (rowCount++ == MAX_ROWS) {
                Arrays.fill(rows, null);
                rowCount = 1;
            }
            row = new int[256];
            Arrays.fill(row, UNKNOWN);
            rows[state] = row;
        }
        return row;
    }

    /** Works out one transition and notes it in the state's row. */
    public int learn(int state, int[] row, int b) {
        int to = compute(keys[state], b);
        row[b] = to;
        return to;
    }

    /** Whether this is the inside of a JSON string in which any {@code steps} characters that need no escape may come. */
    public boolean endures(int state, int steps) {
        long key = keys[state];
        if (encoding != Encoding.JSON || kind(key) != TEXT) return false;
        boolean[] known = enduring.computeIfAbsent(filter(key), f -> dfa.enduring(steps, q -> live(f, q)));
        return known[state(key)];
    }

    /** Whether any byte may follow. */
    public boolean open(int state) {
        long key = keys[state];
        return switch (kind(key)) {
            case DONE -> false;
            case TEXT -> encoding == Encoding.JSON || anyLive(filter(key), state(key), 0, CharClass.MAX);
            default -> true;
        };
    }

    /** States met so far. */
    public int size() {
        return size;
    }

    // ------------------------------------------------------------------ states as numbers

    private int id(int kind, int filter, int q, int extra) {
        long key = ((((long) kind << FILTER_BITS | filter) << STATE_BITS) | q) << EXTRA_BITS | extra;
        Integer known = ids.get(key);
        if (known != null) return known;
        if (size == keys.length) {
            keys = Arrays.copyOf(keys, 2 * size);
            labels = Arrays.copyOf(labels, 2 * size);
            rows = Arrays.copyOf(rows, 2 * size);
        }
        keys[size] = key;
        labels[size] = labelOf(kind, filter, q, extra);
        ids.put(key, size);
        return size++;
    }

    private static int kind(long key) {
        return (int) (key >>> (FILTER_BITS + STATE_BITS + EXTRA_BITS));
    }

    private static int filter(long key) {
        return (int) (key >>> (STATE_BITS + EXTRA_BITS)) & ((1 << FILTER_BITS) - 1);
    }

    private static int state(long key) {
        return (int) (key >>> EXTRA_BITS) & ((1 << STATE_BITS) - 1);
    }

    private static int extra(long key) {
        return (int) key & ((1 << EXTRA_BITS) - 1);
    }

    /** A state between characters, or DEAD. */
    private int text(int filter, int q) {
        if (!live(filter, q)) return DEAD;
        return id(TEXT, filter != 0 && filters[filter].mixed[q] ? filter : 0, q, 0);
    }

    private boolean live(int filter, int q) {
        return q >= 0 && (filter == 0 || filters[filter].live[q]);
    }

    private boolean anyLive(int filter, int q, int lo, int hi) {
        if (lo > hi) return false;
        boolean[] found = {false};
        dfa.stretches(q, lo, hi, (from, to, t) -> {
            found[0] = live(filter, t) && (from < 0xd800 || to > 0xdfff);
            return !found[0];
        });
        return found[0];
    }

    // ------------------------------------------------------------------ transitions

    private int compute(long key, int b) {
        int f = filter(key);
        int q = state(key);
        int x = extra(key);
        return switch (kind(key)) {
            case QUOTE -> b == '"' ? text(f, q) : DEAD;
            case TEXT -> inText(f, q, b);
            case UTF8 -> continued(f, q, x >>> 21, x & 0x1fffff, b);
            case PENDING -> (b & 0xc0) != 0x80 ? DEAD : x == 1 ? text(f, q) : id(PENDING, f, q, x - 1);
            case ESCAPE -> escaped(f, q, b);
            case HEX -> hex(f, q, x >>> 16, x & 0xffff, b);
            case LOW_BACKSLASH -> b == '\\' ? id(LOW_U, f, q, x) : DEAD;
            case LOW_U -> b == 'u' ? id(LOW_HEX, f, q, x) : DEAD;
            case LOW_HEX -> lowHex(f, q, x, b);
            default -> DEAD;
        };
    }

    private int inText(int f, int q, int b) {
        if (encoding == Encoding.JSON) {
            if (b == '"') {
                int label = labelOf(f, q);
                return label < 0 ? DEAD : id(DONE, 0, 0, label);
            }
            if (b == '\\') return escapable(f, q) ? id(ESCAPE, f, q, 0) : DEAD;
            if (b < 0x20) return DEAD;
        }
        if (b < 0x80) return text(f, dfa.next(q, b));
        if (b >= 0xc2 && b <= 0xdf) return partial(f, q, 1, (b & 0x1f) << 6);
        if (b >= 0xe0 && b <= 0xef) return partial(f, q, 2, (b & 0x0f) << 12);
        if (b >= 0xf0 && b <= 0xf4) return partial(f, q, 3, (b & 0x07) << 18);
        return DEAD;
    }

    /** {@code left} bytes are missing of a character whose first one with these bits is {@code lo}. */
    private int partial(int f, int q, int left, int lo) {
        int hi = Math.min(CharClass.MAX, lo + (1 << 6 * left) - 1);
        boolean whole = hi == lo + (1 << 6 * left) - 1 && !(left == 2 && lo == 0) && !(left == 3 && lo == 0);
        int[] only = {-1};
        boolean[] constant = {whole};
        dfa.stretches(q, lo, hi, (from, to, t) -> {
            int target = live(f, t) ? t : -1;
            if (from == lo) only[0] = target;
            else if (target != only[0]) constant[0] = false;
            return constant[0];
        });
        if (constant[0]) {
            if (only[0] < 0) return DEAD;
            int target = only[0];
            return id(PENDING, f != 0 && filters[f].mixed[target] ? f : 0, target, left);
        }
        int least = left == 2 && lo < 0x10000 ? Math.max(lo, 0x800) : left == 3 ? Math.max(lo, 0x10000) : lo;
        return anyLive(f, q, least, hi) ? id(UTF8, f, q, left << 21 | lo) : DEAD;
    }

    private int continued(int f, int q, int left, int lo, int b) {
        if ((b & 0xc0) != 0x80) return DEAD;
        int c = lo | (b & 0x3f) << 6 * (left - 1);
        if (left == 1) return text(f, dfa.next(q, c));
        // Overlong forms.
        if (left == 2 && c < 0x800 || left == 3 && c < 0x10000 || c > CharClass.MAX) return DEAD;
        return partial(f, q, left - 1, c);
    }

    /** Whether any character that may be escaped can come. */
    private boolean escapable(int f, int q) {
        return anyHex(f, q, 0, CharClass.MAX)
                || live(f, dfa.next(q, '"'))
                || live(f, dfa.next(q, '\\'))
                || live(f, dfa.next(q, '/'));
    }

    /** Whether any of these that may be written as a number can come. */
    private boolean anyHex(int f, int q, int lo, int hi) {
        return anyLive(f, q, lo, Math.min(hi, ' ' - 1)) || anyLive(f, q, Math.max(lo, AFTER_ASCII), hi);
    }

    private int escaped(int f, int q, int b) {
        int c = switch (b) {
            case '"', '\\', '/' -> b;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> -1;
        };
        if (c >= 0) return text(f, dfa.next(q, c));
        return b == 'u' && anyHex(f, q, 0, CharClass.MAX) ? id(HEX, f, q, 0) : DEAD;
    }

    private static int digit(int b) {
        return b < 128 ? Character.digit(b, 16) : -1;
    }

    private int hex(int f, int q, int digits, int value, int b) {
        int d = digit(b);
        if (d < 0) return DEAD;
        int v = value << 4 | d;
        int n = digits + 1;
        if (n == 4) {
            if (v >= 0xd800 && v < 0xdc00) return id(LOW_BACKSLASH, f, q, v - 0xd800);
            boolean plain = v >= ' ' && v < AFTER_ASCII;
            return plain || (v >= 0xdc00 && v < 0xe000) ? DEAD : text(f, dfa.next(q, v));
        }
        int lo = v << 4 * (4 - n);
        int hi = lo + (1 << 4 * (4 - n)) - 1;
        boolean live = anyHex(f, q, lo, hi);
        int highLo = Math.max(lo, 0xd800);
        int highHi = Math.min(hi, 0xdbff);
        if (!live && highLo <= highHi) live = anyLive(f, q, plane(highLo - 0xd800), plane(highHi - 0xd800) + 0x3ff);
        return live ? id(HEX, f, q, n << 16 | v) : DEAD;
    }

    /** The first code point that a high surrogate stands for. */
    private static int plane(int high) {
        return 0x10000 + (high << 10);
    }

    private int lowHex(int f, int q, int x, int b) {
        int high = x & 0x3ff;
        int n = (x >>> 10 & 3) + 1;
        int d = digit(b);
        if (d < 0) return DEAD;
        int v = (x >>> 12) << 4 | d;
        int lo = Math.max(v << 4 * (4 - n), 0xdc00);
        int hi = Math.min((v << 4 * (4 - n)) + (1 << 4 * (4 - n)) - 1, 0xdfff);
        if (lo > hi) return DEAD;
        int base = plane(high) - 0xdc00;
        if (n == 4) return text(f, dfa.next(q, base + v));
        return anyLive(f, q, base + lo, base + hi) ? id(LOW_HEX, f, q, v << 12 | n << 10 | high) : DEAD;
    }
}
