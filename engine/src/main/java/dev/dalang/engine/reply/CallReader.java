package dev.dalang.engine.reply;

import dev.dalang.engine.reply.Node.Notation;
import dev.dalang.engine.reply.Program.Op;
import org.jspecify.annotations.Nullable;

/**
 * Runs the {@link Program} of one call section over symbols as they come. Knows nothing of events: it hands every call
 * that is complete to {@link Calls}, and says when the section is over or cannot be what it seemed.
 */
final class CallReader {

    enum Result {
        MORE,
        DONE,
        FAILED
    }

    interface Calls {
        /** @param id the model's own, or null; {@code arguments} is a valid JSON object */
        void call(String name, @Nullable String id, String arguments);
    }

    private static final int MAX_NAME = 256;
    private static final int MAX_SKIP = 200;

    private final Program program;
    private final Symbols symbols;
    private final ArgumentTypes types;
    private final Calls calls;

    private int pc;
    /** What the instruction at hand has read so far. */
    private final SymbolBuffer read = new SymbolBuffer();

    private @Nullable ValueReader value;
    private @Nullable ObjectReader object;

    // The call under way.
    private boolean inCall;
    private @Nullable String name;
    private @Nullable String id;
    private final StringBuilder arguments = new StringBuilder();
    private boolean pairs;
    private String key = "";
    private @Nullable Boolean string;

    CallReader(Program program, Symbols symbols, ArgumentTypes types, Calls calls) {
        this.program = program;
        this.symbols = symbols;
        this.types = types;
        this.calls = calls;
        settle();
    }

    /** Whether a call has begun and is not complete. */
    boolean inCall() {
        return inCall;
    }

    /**
     * Takes one symbol.
     *
     * @param unread takes what was read but belongs to what follows, when the section is over
     */
    Result accept(int c, SymbolBuffer unread) {
        while (pc < program.size()) {
            Step step = step(program.get(pc), c);
            switch (step) {
                case MORE -> {
                    return Result.MORE;
                }
                case NEXT -> {
                    pc++;
                    return settled();
                }
                case NEXT_UNREAD -> pc++;
                case JUMPED -> {
                    return settled();
                }
                case JUMPED_UNREAD -> {
                    // Symbols that looked like a marker: read again from the new place, this one last.
                    int[] again = read.toArray();
                    read.clear();
                    if (!runImmediate()) return Result.FAILED;
                    for (int i = 0; i < again.length; i++) {
                        Result r = accept(again[i], unread);
                        if (r == Result.FAILED) return r;
                        if (r == Result.DONE) {
                            for (int k = i + 1; k < again.length; k++) unread.add(again[k]);
                            unread.add(c);
                            return r;
                        }
                    }
                }
                case FAILED -> {
                    return Result.FAILED;
                }
            }
            if (!runImmediate()) return Result.FAILED;
        }
        unread.add(c);
        return Result.DONE;
    }

    /** The answer is over. True if nothing but closing markers is missing. */
    boolean finish() {
        return !inCall;
    }

    private enum Step {
        MORE,
        NEXT,
        NEXT_UNREAD,
        JUMPED,
        JUMPED_UNREAD,
        FAILED
    }

    private Result settled() {
        if (!runImmediate()) return Result.FAILED;
        return pc == program.size() ? Result.DONE : Result.MORE;
    }

    private void settle() {
        if (!runImmediate()) throw new IllegalStateException("a description that ends a call before it began");
    }

    /** Runs the instructions that read nothing. False if the call is not one. */
    private boolean runImmediate() {
        while (pc < program.size()) {
            switch (program.get(pc)) {
                case Program.Begin b -> begin();
                case Program.End e -> {
                    if (!end()) return false;
                }
                case Program.SetType t -> string = t.string();
                case Program.Jump j -> {
                    pc = j.target();
                    continue;
                }
                default -> {
                    return true;
                }
            }
            pc++;
        }
        return true;
    }

    private void begin() {
        inCall = true;
        name = null;
        id = null;
        arguments.setLength(0);
        pairs = false;
        string = null;
    }

    private boolean end() {
        if (name == null) return false;
        if (pairs) arguments.append('}');
        inCall = false;
        calls.call(name, id, arguments.isEmpty() ? "{}" : arguments.toString());
        return true;
    }

    private Step step(Op op, int c) {
        return switch (op) {
            case Program.Branch b -> branch(b, c);
            case Program.ReadSpace s -> ValueReader.isSpace(c) ? Step.MORE : Step.NEXT_UNREAD;
            case Program.SkipTo s -> skip(s, c);
            case Program.ReadName n -> word(c) ? Step.MORE : nameEnded(n);
            case Program.ReadId i -> word(c) ? Step.MORE : idEnded();
            case Program.ReadKey k -> key(k, c);
            case Program.ReadText t -> text(t, c);
            case Program.ReadValue v -> value(v, c);
            case Program.ReadObject o -> object(o, c);
            case Program.Begin b -> throw new IllegalStateException();
            case Program.End e -> throw new IllegalStateException();
            case Program.SetType t -> throw new IllegalStateException();
            case Program.Jump j -> throw new IllegalStateException();
        };
    }

    private Step branch(Program.Branch b, int c) {
        if (b.afterSpace() && read.size() == 0 && ValueReader.isSpace(c)) return Step.MORE;
        int n = read.size();
        Program.Case complete = null; // with c
        Program.Case before = null; // without c
        boolean open = false;
        for (Program.Case k : b.cases()) {
            if (!begins(k.literal(), n)) continue;
            if (k.literal().length == n) {
                before = k;
            } else if (k.literal()[n] == c) {
                if (k.literal().length == n + 1) complete = k;
                else open = true;
            }
        }
        if (open) {
            read.add(c);
            return Step.MORE;
        }
        if (complete != null) {
            read.clear();
            pc = complete.target();
            return Step.JUMPED;
        }
        if (before != null) {
            read.clear();
            pc = before.target();
            return Step.JUMPED_UNREAD;
        }
        if (b.otherwise() < 0) return Step.FAILED;
        pc = b.otherwise();
        return Step.JUMPED_UNREAD;
    }

    private boolean begins(int[] literal, int n) {
        if (literal.length < n) return false;
        for (int i = 0; i < n; i++) if (literal[i] != read.get(i)) return false;
        return true;
    }

    private Step skip(Program.SkipTo s, int c) {
        read.add(c);
        if (read.endsWith(s.end())) {
            read.clear();
            return Step.NEXT;
        }
        return read.size() > MAX_SKIP || c == '\n' ? Step.FAILED : Step.MORE;
    }

    private boolean word(int c) {
        boolean part =
                c < 128 && (Character.isLetterOrDigit(c) || c == '_' || c == '.' || c == ':' || c == '/' || c == '-');
        if (part && read.size() < MAX_NAME) {
            read.add(c);
            return true;
        }
        return false;
    }

    private Step nameEnded(Program.ReadName n) {
        String word = takeRead();
        if (n.counted()) {
            id = word;
            int colon = word.lastIndexOf(':');
            if (colon > 0 && isCount(word.substring(colon + 1))) word = word.substring(0, colon);
        }
        if (word.startsWith(n.prefix())) word = word.substring(n.prefix().length());
        if (word.isEmpty()) return Step.FAILED;
        name = word;
        return Step.NEXT_UNREAD;
    }

    private static boolean isCount(String s) {
        return !s.isEmpty() && s.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private Step idEnded() {
        id = takeRead();
        return id.isEmpty() ? Step.FAILED : Step.NEXT_UNREAD;
    }

    private Step key(Program.ReadKey k, int c) {
        read.add(c);
        if (read.endsWith(k.end())) {
            key = takeRead(k.end().length);
            string = null;
            return Step.NEXT;
        }
        return read.size() > MAX_NAME || c == '\n' ? Step.FAILED : Step.MORE;
    }

    private Step text(Program.ReadText t, int c) {
        read.add(c);
        if (!read.endsWith(t.end())) return Step.MORE;
        String text = takeRead(t.end().length);
        if (!t.pad().isEmpty()) {
            if (text.startsWith(t.pad())) text = text.substring(t.pad().length());
            if (text.endsWith(t.pad())) {
                text = text.substring(0, text.length() - t.pad().length());
            }
        }
        ArgumentTypes.Type type = types.of(name, key);
        boolean asString = string != null ? string : type == ArgumentTypes.Type.STRING;
        String json = asString ? null : Json.valueOrNull(text, Notation.JSON);
        // Several templates print values as Python does, and models have learnt it from them.
        if (json == null && type == ArgumentTypes.Type.OTHER) json = Json.valueOrNull(text, Notation.PYTHON);
        startPair();
        if (json != null) {
            arguments.append(json);
        } else {
            Json.quote(arguments, text);
        }
        return Step.NEXT;
    }

    private void startPair() {
        arguments.append(pairs ? "," : "{");
        pairs = true;
        Json.quote(arguments, key);
        arguments.append(':');
    }

    private Step value(Program.ReadValue v, int c) {
        ValueReader reader = value;
        if (reader == null) {
            if (v.whole()) {
                if (ValueReader.isSpace(c)) return Step.MORE;
                if (c != '{' && (c != '"' || v.notation() != Notation.JSON)) return Step.FAILED;
            } else {
                startPair();
            }
            reader = new ValueReader(v.notation(), v.quote(), arguments);
            value = reader;
        }
        ValueReader.Result r = feed(reader, v.quote(), c);
        if (r == ValueReader.Result.MORE) return Step.MORE;
        if (r == ValueReader.Result.FAILED) return Step.FAILED;
        value = null;
        if (v.whole() && arguments.charAt(0) == '"') {
            // Some models quote their arguments once more, as OpenAI's API does.
            String json = Json.objectInString(arguments);
            if (json == null) return Step.FAILED;
            arguments.setLength(0);
            arguments.append(json);
        }
        return r == ValueReader.Result.DONE ? Step.NEXT : Step.NEXT_UNREAD;
    }

    /** A control token in a value is what the model wrote there: its text, unless the notation gives it a meaning. */
    private ValueReader.Result feed(ValueReader reader, int[] quote, int c) {
        if (!Symbols.isControl(c)) return reader.accept(c);
        for (int q : quote) if (q == c) return reader.accept(c);
        ValueReader.Result r = ValueReader.Result.MORE;
        String text = symbols.text(c);
        for (int i = 0; i < text.length() && r == ValueReader.Result.MORE; i++) r = reader.accept(text.charAt(i));
        return r;
    }

    private Step object(Program.ReadObject o, int c) {
        ObjectReader reader = object;
        if (reader == null) {
            reader = new ObjectReader(o.keys());
            object = reader;
        }
        int n = Symbols.isControl(c) ? symbols.text(c).length() : 1;
        for (int i = 0; i < n; i++) {
            int unit = n == 1 ? c : symbols.text(c).charAt(i);
            switch (reader.accept(unit)) {
                case MORE -> {}
                case FAILED -> {
                    return Step.FAILED;
                }
                case DONE, DONE_BEFORE -> {
                    object = null;
                    name = reader.name();
                    id = reader.id();
                    arguments.append(reader.arguments());
                    return Step.NEXT;
                }
            }
        }
        return Step.MORE;
    }

    private String takeRead() {
        return takeRead(0);
    }

    private String takeRead(int dropped) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < read.size() - dropped; i++) symbols.appendText(text, read.get(i));
        read.clear();
        return text.toString();
    }
}
