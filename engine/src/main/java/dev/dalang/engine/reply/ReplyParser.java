package dev.dalang.engine.reply;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.Tool;
import dev.dalang.engine.reply.ReplyLanguage.Kind;
import dev.dalang.engine.reply.ReplyLanguage.Section;
import dev.dalang.engine.text.PatternAutomaton;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Turns an answer, while it streams, into the doorway's events: text, reasoning, tool calls.
 *
 * <p>Text and reasoning are given out as they come; only what may still become a marker, and white space that may turn
 * out to stand before one, waits. A tool call is given out when it is complete, so that nobody acts on half of one. If
 * what looked like a call turns out not to be one, all of it is given back as text with a {@link ChatEvent.Notice}, and
 * markers within it are looked for again. The pieces in which the answer comes make no difference to the events but
 * for where texts are cut.
 *
 * <p>One instance serves one answer; not thread-safe.
 */
public final class ReplyParser {

    /** A broken call longer than this is text throughout: reading it again and again would cost its square. */
    private static final int MAX_READ_AGAIN = 4096;
    /** More of the prompt's end than any marker and the white space around it. */
    private static final int PROMPT_TAIL = 256;

    private enum Action {
        OPEN,
        CLOSE,
        GLUE
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared, never changed
    private record Marker(
            int[] symbols, Action action, @Nullable Section section) {}

    /** What can be found in one mode. */
    private record Scanner(List<Marker> markers, PatternAutomaton automaton) {}

    private final ReplyLanguage language;
    private final Symbols symbols;
    private final ArgumentTypes types;
    private final IntFunction<String> callIds;
    private final Consumer<? super ChatEvent> events;

    private final Scanner textScanner;
    private final Map<Section, Scanner> reasoningScanners = new HashMap<>();
    private final Map<Section, Program> programs = new HashMap<>();

    // Scanning: text that may still become a marker.
    private Scanner scanner;
    private boolean reasoning;
    private int state = PatternAutomaton.START;
    private final SymbolBuffer held = new SymbolBuffer();
    private @Nullable Marker match;
    private int matchStart;
    /** So many of the first held symbols stood in the prompt and are not given out. */
    private int silent;

    // A section of calls.
    private @Nullable Section callSection;
    private @Nullable CallReader reader;
    private final SymbolBuffer raw = new SymbolBuffer();
    private final SymbolBuffer unread = new SymbolBuffer();
    private int rawSilent;
    private String spaceBeforeCall = "";
    private boolean callCompleted;

    // Giving out.
    private final StringBuilder out = new StringBuilder();
    private boolean outIsReasoning;
    private final StringBuilder space = new StringBuilder();
    private boolean afterMarker;
    private boolean started;
    private boolean afterBareCall;
    private int calls;
    private boolean controlNoticed;
    private boolean finished;

    /**
     * @param tools their schemas tell strings from other values where a family writes both alike; with no tools, use
     *     {@link ReplyLanguage#withoutCalls}
     * @param controlTokens the texts of the vocabulary's control tokens; empty if unknown, then markers are found in
     *     any text
     * @param callIds the id of the n-th call from 0, where the model gives none
     */
    public ReplyParser(
            ReplyLanguage language,
            List<Tool> tools,
            Collection<String> controlTokens,
            IntFunction<String> callIds,
            Consumer<? super ChatEvent> events) {
        this.language = language;
        this.symbols = new Symbols(controlTokens, literals(language));
        this.types = new ArgumentTypes(tools);
        this.callIds = callIds;
        this.events = events;

        List<Marker> inText = new ArrayList<>();
        for (Section s : language.sections()) {
            inText.add(new Marker(symbols.encode(s.open()), Action.OPEN, s));
            for (String close : s.close()) inText.add(new Marker(symbols.encode(close), Action.CLOSE, s));
            if (s.kind() == Kind.CALLS) programs.put(s, new Program(s.body(), symbols));
        }
        for (String glue : language.glue()) inText.add(new Marker(symbols.encode(glue), Action.GLUE, null));
        this.textScanner = scanner(inText);
        for (Section s : language.sections()) {
            if (s.kind() == Kind.REASONING) reasoningScanners.put(s, reasoningScanner(s));
        }
        Section bare = language.bareCall();
        if (bare != null) programs.put(bare, new Program(bare.body(), symbols));
        this.scanner = textScanner;
    }

    private static List<String> literals(ReplyLanguage language) {
        List<String> all = new ArrayList<>(language.glue());
        for (Section s : language.sections()) {
            all.add(s.open());
            all.addAll(s.close());
            collect(s.body(), all);
        }
        return all;
    }

    private static void collect(List<Node> nodes, List<String> all) {
        for (Node node : nodes) {
            switch (node) {
                case Node.Literal n -> all.add(n.text());
                case Node.Skip n -> all.add(n.end());
                case Node.Call n -> collect(n.parts(), all);
                case Node.OptionalPart n -> {
                    all.add(n.open());
                    collect(n.parts(), all);
                }
                case Node.Repeat n -> {
                    all.add(n.each());
                    all.add(n.close());
                    collect(n.parts(), all);
                }
                case Node.ArgumentName n -> all.add(n.end());
                case Node.Typed n -> {
                    all.add(n.string());
                    all.add(n.json());
                }
                case Node.TextValue n -> all.add(n.end());
                case Node.Value n -> all.add(n.notation().quote());
                case Node.Arguments n -> all.add(n.notation().quote());
                case Node.Space n -> {}
                case Node.Name n -> {}
                case Node.CallId n -> {}
                case Node.CallObject n -> {}
            }
        }
    }

    private static Scanner scanner(List<Marker> markers) {
        return new Scanner(
                markers,
                new PatternAutomaton(markers.stream().map(Marker::symbols).toList()));
    }

    /** Reasoning ends at its own mark, or where a control token begins something else: models forget the mark. */
    private Scanner reasoningScanner(Section section) {
        List<Marker> markers = new ArrayList<>();
        for (String close : section.close()) {
            markers.add(new Marker(symbols.encode(close), Action.CLOSE, section));
        }
        for (Section s : language.sections()) {
            int[] open = symbols.encode(s.open());
            if (s != section && Symbols.isControl(open[0])) markers.add(new Marker(open, Action.OPEN, s));
        }
        return scanner(markers);
    }

    /**
     * Tells the parser what the model goes on from, since templates open reasoning, or half a marker, themselves.
     *
     * @param prompt the rendered prompt, or its end
     */
    public void prompt(String prompt) {
        int[] tail = symbols.encode(prompt.substring(Math.max(0, prompt.length() - PROMPT_TAIL)));
        int s = PatternAutomaton.START;
        int from = -1;
        for (int i = 0; i < tail.length; i++) {
            s = textScanner.automaton.next(s, tail[i]);
            int found = textScanner.automaton.longestMatch(s);
            if (found >= 0) {
                from = i + 1 - textScanner.markers.get(found).symbols.length;
            } else if (!ValueReader.isSpace(tail[i]) && i + 1 - textScanner.automaton.depth(s) > from) {
                from = -1;
            }
        }
        if (from < 0) from = tail.length - textScanner.automaton.depth(s);
        for (int i = from; i < tail.length; i++) {
            silent = held.size() + 1;
            process(tail[i]);
        }
        silent = held.size();
        out.setLength(0);
        space.setLength(0);
        started = false;
    }

    /**
     * Takes the next piece of the answer.
     *
     * @param control the piece is one control token of the vocabulary
     */
    public void accept(String piece, boolean control) {
        if (finished) throw new IllegalStateException("the answer is finished");
        if (control) {
            int[] marker = symbols.ofControl(piece);
            if (marker == null) {
                strayControl(piece);
            } else {
                for (int c : marker) process(c);
            }
        } else {
            for (int i = 0; i < piece.length(); i++) process(piece.charAt(i));
        }
        flush();
    }

    /** The answer is over: gives out what was held back. */
    public void finish() {
        if (finished) return;
        finished = true;
        settleAtEnd();
        if (!reasoning) writeSpace();
        flush();
    }

    /** The section of reasoning that what comes next belongs to, or null. */
    public @Nullable Section reasoningSection() {
        if (!reasoning) return null;
        for (Map.Entry<Section, Scanner> e : reasoningScanners.entrySet())
            if (e.getValue() == scanner) return e.getKey();
        return null;
    }

    /** How many tool calls were given out. */
    public int calls() {
        return calls;
    }

    // ------------------------------------------------------------------ scanning for markers

    private void process(int c) {
        CallReader r = reader;
        if (r != null) {
            call(r, c);
            return;
        }
        if (beginsBareCall(c)) {
            openCalls(Objects.requireNonNull(language.bareCall()), new int[0], 0);
            process(c);
            return;
        }
        PatternAutomaton automaton = scanner.automaton;
        held.add(c);
        state = automaton.next(state, c);
        int found = automaton.longestMatch(state);
        if (found >= 0) {
            Marker m = scanner.markers.get(found);
            int start = held.size() - m.symbols.length;
            Marker best = match;
            if (best == null || start < matchStart || (start == matchStart && m.symbols.length > best.symbols.length)) {
                match = m;
                matchStart = start;
            }
        }
        int alive = held.size() - automaton.depth(state);
        Marker m = match;
        if (m == null) {
            giveOutHeld(alive);
        } else if (alive > matchStart
                || (alive == matchStart
                        && automaton.depth(state) == m.symbols.length
                        && !automaton.extendable(state))) {
            commit(m);
        }
    }

    private boolean beginsBareCall(int c) {
        if (language.bareCall() == null || reasoning || held.size() > 0 || started) return false;
        if (afterBareCall && c == ';') return false;
        return c == '{';
    }

    /** A marker stands: what is before it is content, what is after it is read in the new mode. */
    private void commit(Marker m) {
        giveOutHeld(matchStart);
        int[] rest = held.toArray();
        int length = m.symbols.length;
        int promptPart = Math.min(silent, length);
        held.clear();
        match = null;
        state = PatternAutomaton.START;
        int silentUpTo = silent;
        silent = 0;
        act(m, promptPart);
        for (int i = length; i < rest.length; i++) {
            if (i < silentUpTo) silent = held.size() + 1;
            process(rest[i]);
        }
    }

    private void act(Marker m, int promptPart) {
        Section s = m.section;
        switch (m.action) {
            case GLUE -> leaveMode();
            case CLOSE -> {
                boolean stray = scanner == textScanner && s != null && s.kind() == Kind.REASONING;
                if (stray && started && !Symbols.isControl(m.symbols[0])) {
                    // The answer talks about the marker.
                    for (int c : m.symbols) write(c);
                } else {
                    leaveMode();
                }
            }
            case OPEN -> {
                if (s == null) throw new IllegalStateException();
                switch (s.kind()) {
                    case TEXT -> leaveMode();
                    case REASONING -> {
                        leaveMode();
                        reasoning = true;
                        scanner = Objects.requireNonNull(reasoningScanners.get(s));
                    }
                    case CALLS -> openCalls(s, m.symbols, promptPart);
                }
            }
        }
    }

    /** Back to plain text, right after a marker. */
    private void leaveMode() {
        space.setLength(0);
        afterMarker = true;
        reasoning = false;
        scanner = textScanner;
        state = PatternAutomaton.START;
    }

    private void giveOutHeld(int n) {
        for (int i = Math.min(silent, n); i < n; i++) write(held.get(i));
        silent = Math.max(0, silent - n);
        held.dropFirst(n);
        matchStart -= n;
    }

    // ------------------------------------------------------------------ tool calls

    private void openCalls(Section s, int[] open, int promptPart) {
        spaceBeforeCall = reasoning ? "" : space.toString();
        leaveMode();
        callSection = s;
        callCompleted = false;
        raw.clear();
        for (int c : open) raw.add(c);
        rawSilent = promptPart;
        reader = new CallReader(Objects.requireNonNull(programs.get(s)), symbols, types, this::completed);
    }

    private void completed(String name, @Nullable String id, String arguments) {
        flush();
        int index = calls++;
        String callId = id == null || id.isEmpty() ? callIds.apply(index) : id;
        events.accept(new ChatEvent.ToolCallStarted(index, callId, name));
        events.accept(new ChatEvent.ToolCallDelta(index, arguments));
        events.accept(new ChatEvent.ToolCallFinished(index));
        callCompleted = true;
        raw.clear();
        rawSilent = 0;
        spaceBeforeCall = "";
    }

    private void call(CallReader r, int c) {
        raw.add(c);
        switch (r.accept(c, unread)) {
            case MORE -> {}
            case DONE -> {
                int[] rest = unread.toArray();
                unread.clear();
                endCalls();
                for (int symbol : rest) process(symbol);
            }
            case FAILED -> {
                unread.clear();
                giveBack(true);
            }
        }
    }

    private void endCalls() {
        afterBareCall = callSection == language.bareCall() && callSection != null;
        reader = null;
        callSection = null;
        afterMarker = true;
    }

    private void giveBack(boolean readAgain) {
        boolean bare = callSection == language.bareCall();
        int[] text = raw.toArray();
        int from = Math.min(rawSilent, text.length);
        endCalls();
        afterBareCall = false;
        raw.clear();
        if (!bare) {
            flush();
            events.accept(new ChatEvent.Notice(
                    "tool_call_malformed", "what began as a tool call could not be read as one and is given as text"));
        }
        afterMarker = false;
        space.append(spaceBeforeCall);
        boolean again = readAgain && text.length <= MAX_READ_AGAIN;
        started = true;
        for (int i = from; i < text.length; i++) {
            if (again && i > from) {
                process(text[i]);
            } else {
                writeAsText(text[i]);
            }
        }
    }

    // ------------------------------------------------------------------ giving out

    /** A symbol of content, in the mode at hand. */
    private void write(int c) {
        if (Symbols.isControl(c)) {
            strayControl(symbols.text(c));
            return;
        }
        if (ValueReader.isSpace(c)) {
            if (!afterMarker) space.append((char) c);
            return;
        }
        if (afterBareCall && !started && c == ';') {
            afterBareCall = false;
            return;
        }
        writeSpace();
        afterMarker = false;
        if (reasoning != outIsReasoning) flush();
        outIsReasoning = reasoning;
        if (!reasoning) started = true;
        out.append((char) c);
    }

    private void writeSpace() {
        if (space.isEmpty()) return;
        if (reasoning != outIsReasoning) flush();
        outIsReasoning = reasoning;
        out.append(space);
        space.setLength(0);
    }

    private void writeAsText(int c) {
        String text = symbols.text(c);
        for (int i = 0; i < text.length(); i++) write(text.charAt(i));
    }

    private void strayControl(String token) {
        if (controlNoticed) return;
        controlNoticed = true;
        flush();
        events.accept(new ChatEvent.Notice(
                "control_token", "the model produced the control token " + token + " in its answer; it is left out"));
    }

    private void flush() {
        if (out.isEmpty()) return;
        String text = out.toString();
        out.setLength(0);
        events.accept(outIsReasoning ? new ChatEvent.ReasoningDelta(text) : new ChatEvent.TextDelta(text));
    }

    private void settleAtEnd() {
        // Each round either empties what is held or shortens it.
        while (true) {
            CallReader r = reader;
            if (r != null) {
                if (callCompleted && r.finish()) {
                    endCalls();
                } else {
                    giveBack(false);
                }
            } else if (match != null) {
                commit(match);
            } else if (held.size() > 0) {
                giveOutHeld(held.size());
            } else {
                return;
            }
        }
    }
}
