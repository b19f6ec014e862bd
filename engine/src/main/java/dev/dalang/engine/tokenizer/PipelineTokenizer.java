package dev.dalang.engine.tokenizer;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Added tokens, normaliser, pre-tokenizer, model and detokenizer, one after the other: what every kind consists of. */
final class PipelineTokenizer implements Tokenizer {

    /**
     * @param added found in the text as it is
     * @param normalizedAdded found in the normalised text
     * @param normalizedControls the control tokens among these as they are written: where a text is trusted in parts
     *     they are looked for before it is normalised, since only there is it known who wrote what
     * @param before the ids that {@link Tokenizer#withSpecials} puts in front
     * @param after the ids that it puts behind
     * @param endOfGeneration the ids that end an answer
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Parts(
            String kind,
            Vocabulary vocabulary,
            AddedTokens added,
            AddedTokens normalizedAdded,
            AddedTokens normalizedControls,
            UnaryOperator<String> normalizer,
            PreTokenizer preTokenizer,
            Model model,
            Detokenizer detokenizer,
            int[] before,
            int[] after,
            SpecialTokens special,
            BitSet endOfGeneration) {}

    private final Parts parts;
    private final Vocabulary vocabulary;

    PipelineTokenizer(Parts parts) {
        this.parts = parts;
        this.vocabulary = parts.vocabulary();
    }

    Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public String kind() {
        return parts.kind();
    }

    @Override
    public int vocabularySize() {
        return vocabulary.size();
    }

    @Override
    public int[] encode(String text, boolean parseSpecial) {
        return encode(List.of(new Span(text, parseSpecial)));
    }

    @Override
    public int[] encode(List<Span> spans, Set<String> markers) {
        StringBuilder joined = new StringBuilder();
        BitSet untrusted = new BitSet();
        for (Span span : spans) {
            int from = joined.length();
            joined.append(span.text());
            if (!span.trusted()) untrusted.set(from, joined.length());
        }
        String text = wellFormed(joined.toString());
        Ids out = new Ids();
        AddedTokens.Trust trust = AddedTokens.Trust.of(untrusted, markers);
        parts.added().split(text, trust, new AddedTokens.Sink() {
            @Override
            public void token(int id) {
                out.add(id);
            }

            @Override
            public void text(int from, int to) {
                stretch(text, from, to, trust, out);
            }
        });
        return out.toArray();
    }

    private void stretch(String text, int from, int to, AddedTokens.Trust trust, Ids out) {
        boolean trusted = trust.covers(from, to);
        if (trusted || parts.normalizedControls().isEmpty()) {
            ordinary(text.substring(from, to), from == 0, trusted ? AddedTokens.Trust.FULL : trust, out);
            return;
        }
        String mixed = text.substring(from, to);
        parts.normalizedControls().split(mixed, trust.within(from, to), new AddedTokens.Sink() {
            @Override
            public void token(int id) {
                out.add(id);
            }

            @Override
            public void text(int start, int end) {
                ordinary(mixed.substring(start, end), from + start == 0, trust, out);
            }
        });
    }

    /** @param trust of the text as a whole; where it is not full, the text counts as untrusted */
    private void ordinary(String raw, boolean atStart, AddedTokens.Trust trust, Ids out) {
        String text = parts.normalizer().apply(raw);
        if (parts.normalizedAdded().isEmpty()) {
            model(text, atStart, out);
            return;
        }
        // Where a character came from is lost in normalising, so one that may be untrusted makes all of it so.
        parts.normalizedAdded().split(text, trust.spread(text.length()), new AddedTokens.Sink() {
            @Override
            public void token(int id) {
                out.add(id);
            }

            @Override
            public void text(int from, int to) {
                model(text.substring(from, to), atStart && from == 0, out);
            }
        });
    }

    private void model(String text, boolean atStart, Ids out) {
        if (text.isEmpty()) return;
        parts.preTokenizer()
                .split(text, atStart, (piece, start) -> parts.model().encode(piece, out));
    }

    /** The text with U+FFFD for each surrogate that has no partner. */
    static String wellFormed(String text) {
        StringBuilder fixed = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) continue;
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else {
                if (fixed == null) fixed = new StringBuilder(text);
                fixed.setCharAt(i, '\uFFFD');
            }
        }
        return fixed == null ? text : fixed.toString();
    }

    @Override
    public int[] withSpecials(int[] ids) {
        int[] before = parts.before();
        int[] after = parts.after();
        int front = startsWith(ids, before) ? 0 : before.length;
        int back = endsWith(ids, after, front == 0 ? before.length : 0) ? 0 : after.length;
        int[] all = new int[front + ids.length + back];
        System.arraycopy(before, 0, all, 0, front);
        System.arraycopy(ids, 0, all, front, ids.length);
        System.arraycopy(after, 0, all, front + ids.length, back);
        return all;
    }

    private static boolean startsWith(int[] ids, int[] start) {
        if (ids.length < start.length) return false;
        for (int i = 0; i < start.length; i++) {
            if (ids[i] != start[i]) return false;
        }
        return true;
    }

    private static boolean endsWith(int[] ids, int[] end, int taken) {
        if (ids.length - taken < end.length) return false;
        for (int i = 0; i < end.length; i++) {
            if (ids[ids.length - end.length + i] != end[i]) return false;
        }
        return true;
    }

    @Override
    public boolean addsBos() {
        return parts.before().length > 0;
    }

    @Override
    public boolean addsEos() {
        return parts.after().length > 0;
    }

    @Override
    public SpecialTokens special() {
        return parts.special();
    }

    @Override
    public boolean isEndOfGeneration(int id) {
        return parts.endOfGeneration().get(vocabulary.check(id));
    }

    @Override
    public boolean isControl(int id) {
        TokenType type = vocabulary.type(id);
        return type == TokenType.CONTROL || type == TokenType.UNKNOWN;
    }

    @Override
    public String token(int id) {
        return vocabulary.token(id);
    }

    @Override
    public int idOf(String token) {
        return vocabulary.idOf(token);
    }

    @Override
    public byte[] bytes(int id) {
        return bytes(id, false);
    }

    private byte[] bytes(int id, boolean first) {
        String token = vocabulary.token(id);
        return switch (vocabulary.type(id)) {
            case BYTE -> new byte[] {(byte) Vocabulary.byteOf(token)};
            case CONTROL, UNKNOWN, USER_DEFINED -> parts.detokenizer().added().bytes(token, first);
            case NORMAL, UNUSED, UNDEFINED -> parts.detokenizer().spelling().bytes(token, first);
        };
    }

    @Override
    public StreamingDecoder decoder(boolean showSpecial) {
        return new Decoder(showSpecial, true);
    }

    @Override
    public StreamingDecoder continuation(boolean showSpecial) {
        return new Decoder(showSpecial, false);
    }

    private final class Decoder implements StreamingDecoder {
        private final boolean showSpecial;
        private final boolean fromStart;
        private final Utf8Stream utf8 = new Utf8Stream();
        private boolean first;
        private int toStrip;
        private int previous;
        /** Spaces at the end, which may turn out to be the text's end and then go. */
        private String heldSpaces = "";

        Decoder(boolean showSpecial, boolean fromStart) {
            this.showSpecial = showSpecial;
            this.fromStart = fromStart;
            reset();
        }

        private void reset() {
            first = fromStart;
            toStrip = fromStart ? parts.detokenizer().stripStart() : 0;
            previous = -1;
            heldSpaces = "";
        }

        @Override
        public String feed(int id) {
            if (!showSpecial && isControl(id)) return "";
            boolean repeated = parts.detokenizer().skipRepeats() && id == previous;
            previous = vocabulary.check(id);
            if (repeated) return "";
            byte[] bytes = bytes(id, first);
            first = false;
            int from = 0;
            while (toStrip > 0 && from < bytes.length && bytes[from] == ' ') {
                from++;
                toStrip--;
            }
            if (from < bytes.length) toStrip = 0;
            return hold(utf8.feed(from == 0 ? bytes : Arrays.copyOfRange(bytes, from, bytes.length)));
        }

        private String hold(String text) {
            if (parts.detokenizer().stripEnd() == 0) return text;
            String all = heldSpaces + text;
            int keep = all.length();
            while (keep > 0 && all.length() - keep < parts.detokenizer().stripEnd() && all.charAt(keep - 1) == ' ') {
                keep--;
            }
            heldSpaces = all.substring(keep);
            return all.substring(0, keep);
        }

        @Override
        public String flush() {
            String rest = utf8.flush();
            if (!rest.isEmpty()) rest = heldSpaces + rest;
            reset();
            return rest;
        }
    }

    /** Nothing is normalised. */
    static final UnaryOperator<String> AS_IT_IS = text -> text;
}
