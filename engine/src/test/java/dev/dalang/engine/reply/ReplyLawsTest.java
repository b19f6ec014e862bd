package dev.dalang.engine.reply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.Message;
import dev.dalang.api.Part;
import dev.dalang.api.Role;
import dev.dalang.api.Tool;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The three laws of every family's language: duality, indifference to pieces, totality with preservation. */
class ReplyLawsTest {

    private static final Tool TOOL = new Tool.Function(
            "look_up.it",
            null,
            "{\"type\":\"object\",\"properties\":{\"s\":{\"type\":\"string\"},\"text\":{\"type\":\"string\"},"
                    + "\"n\":{\"type\":\"number\"},\"list\":{\"type\":\"array\"},\"o\":{\"type\":\"object\"},"
                    + "\"b\":{\"type\":\"boolean\"}}}");

    private static final String[] WORDS = {
        "Hello",
        "wörld",
        "🐀🪤",
        "<b>",
        "{",
        "}",
        "[1]",
        "a < b",
        "\"quoted\"",
        "don't",
        "```json",
        "\\n",
        "<",
        "|",
        ">",
        "tool_call",
        "[",
        "line\nbreak",
        "name",
        "</",
        "<|",
        "｜",
        "5",
        "true",
        ">>",
        "\t",
        "\\\"",
        "call:",
        "#"
    };

    private static String words(Random r, int max, boolean free) {
        StringBuilder b = new StringBuilder();
        int n = 1 + r.nextInt(max);
        for (int i = 0; i < n; i++) {
            if (i > 0) b.append(r.nextInt(4) == 0 ? "\n\n" : " ");
            b.append(WORDS[r.nextInt(WORDS.length)]);
        }
        String s = b.toString().strip();
        // A text that begins with a brace is what Llama's calls look like; that it is none is another test.
        return free || !s.startsWith("{") ? (s.isEmpty() ? "x" : s) : "x " + s;
    }

    /** A text whose end runs into a marker cannot be told from it: Functionary's is {@code >>>}. */
    private static String texts(ReplyLanguage language, Random r, boolean free) {
        String s = words(r, 8, free);
        return language == MarkedLanguages.FUNCTIONARY ? s.replace('>', '-') : s;
    }

    /** Arguments as the notation at hand can write them: markup in strings is welcome, its own end marks are not. */
    private static String arguments(Random r, List<String> forbidden) {
        StringBuilder b = new StringBuilder("{");
        String comma = "";
        for (String key : List.of("s", "n", "list", "o", "b", "text")) {
            if (r.nextInt(3) == 0) continue;
            b.append(comma);
            Json.quote(b, key);
            b.append(": ");
            switch (key) {
                case "n" -> b.append(new String[] {"0", "-1.5", "1e9", "123456789012345678901234567890"}[r.nextInt(4)]);
                case "list" -> b.append(r.nextBoolean() ? "[]" : "[1, \"a, b\", [true, null], {\"k\": \"v\"}]");
                case "o" -> b.append(r.nextBoolean() ? "{}" : "{\"x\": {\"y\": [\"}\", \"]\"]}, \"z\": false}");
                case "b" -> b.append(r.nextBoolean());
                default -> {
                    String s = words(r, 6, true) + (r.nextInt(3) == 0 ? markup(r) : "");
                    for (String f : forbidden) s = s.replace(f, "");
                    Json.quote(b, s);
                }
            }
            comma = ", ";
        }
        return b.append('}').toString();
    }

    private static String markup(Random r) {
        ReplyLanguage any = ReplyLanguages.ALL.get(r.nextInt(ReplyLanguages.ALL.size()));
        return any.sections().isEmpty()
                ? "<|im_end|>"
                : any.sections().get(r.nextInt(any.sections().size())).open();
    }

    private static Message turn(ReplyLanguage language, Random r) {
        List<Part> parts = new ArrayList<>();
        if (language.canReason() && r.nextBoolean()) parts.add(new Part.Reasoning(words(r, 8, true)));
        boolean bare = language.bareCall() != null;
        if (r.nextInt(4) > 0) parts.add(new Part.Text(texts(language, r, !bare)));
        if (language.canCall()) {
            for (int i = r.nextInt(4); i > 0; i--) {
                parts.add(new Part.ToolCall("id" + i, "look_up.it", arguments(r, endsOfValues(language))));
            }
        }
        return new Message(Role.ASSISTANT, parts, null);
    }

    private static List<String> endsOfValues(ReplyLanguage language) {
        List<String> ends = new ArrayList<>();
        for (ReplyLanguage.Section s : language.sections()) collect(s.body(), ends);
        return ends;
    }

    private static void collect(List<Node> nodes, List<String> ends) {
        for (Node n : nodes) {
            switch (n) {
                case Node.TextValue t -> ends.add(t.end());
                case Node.Arguments a
                when !a.notation().quote().isEmpty() -> ends.add(a.notation().quote());
                case Node.Call c -> collect(c.parts(), ends);
                case Node.Repeat c -> collect(c.parts(), ends);
                default -> {}
            }
        }
    }

    /** Parts in comparable form: JSON without its spaces, ids left out (not every family writes them). */
    private static String normal(List<Part> parts) {
        StringBuilder b = new StringBuilder();
        for (Part p : parts) {
            switch (p) {
                case Part.Text t -> b.append("TEXT ").append(t.text()).append("\n@\n");
                case Part.Reasoning t -> b.append("THINK ").append(t.text()).append("\n@\n");
                case Part.ToolCall c ->
                    b.append("CALL ")
                            .append(c.name())
                            .append(' ')
                            .append(compact(c.arguments()))
                            .append("\n@\n");
                default -> throw new AssertionError(p);
            }
        }
        return b.toString();
    }

    private static String compact(String json) {
        StringBuilder out = new StringBuilder();
        boolean string = false;
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            if (c == '"') string = !string;
            if (string && c == '\\') out.append(c).append(json.charAt(++i));
            else if (string || c != ' ') out.append(c);
        }
        return out.toString();
    }

    /** What a model with this prompt's end would have to write: the rendered turn without what the prompt has. */
    private static Replies.Reply parse(ReplyLanguage language, List<String> pieces) {
        return Replies.parse(language, List.of(TOOL), "", pieces.toArray(String[]::new));
    }

    private static List<String> cut(String text, Random r) {
        TreeSet<Integer> cuts = new TreeSet<>();
        for (int i = r.nextInt(1 + text.length()); i > 0; i--) cuts.add(r.nextInt(text.length() + 1));
        List<String> pieces = new ArrayList<>();
        int from = 0;
        for (int c : cuts) {
            // Pieces are whole characters: the tokenizer's decoder sees to that.
            if (c > 0 && c < text.length() && Character.isLowSurrogate(text.charAt(c))) continue;
            pieces.add(text.substring(from, c));
            from = c;
        }
        pieces.add(text.substring(from));
        return pieces;
    }

    @TestFactory
    List<DynamicTest> whatIsRenderedParsesBackHoweverItIsCut() {
        return ReplyLanguages.ALL.stream()
                .map(language -> DynamicTest.dynamicTest(language.name(), () -> {
                    Random r = new Random(language.name().hashCode());
                    for (int i = 0; i < 120; i++) {
                        Message turn = turn(language, r);
                        String text = ReplyRenderer.render(language, turn);
                        Replies.Reply reply = parse(language, List.of(text));
                        assertThat(normal(reply.parts())).as(text).isEqualTo(normal(turn.parts()));
                        assertThat(reply.notices()).as(text).isEmpty();
                        assertThat(parse(language, cut(text, r))).as(text).isEqualTo(reply);
                        if (i < 10) {
                            for (int at = 1; at < text.length(); at++) {
                                if (Character.isLowSurrogate(text.charAt(at))) continue;
                                assertThat(parse(language, List.of(text.substring(0, at), text.substring(at))))
                                        .as(text)
                                        .isEqualTo(reply);
                            }
                        }
                    }
                }))
                .toList();
    }

    /** Markers as control tokens: found as such, and only as such. */
    @TestFactory
    List<DynamicTest> controlTokensAreMarkersAndTheirSpellingIsText() {
        Pattern token = Pattern.compile("</?[^<> \\n=]+>|\\[/?[A-Z_]+]");
        return ReplyLanguages.ALL.stream()
                .map(language -> DynamicTest.dynamicTest(language.name(), () -> {
                    TreeSet<String> controls = new TreeSet<>();
                    for (ReplyLanguage.Section s : language.sections()) {
                        token.matcher(s.open() + " " + s.close() + " " + s.body())
                                .results()
                                .forEach(m -> controls.add(m.group()));
                    }
                    Message turn = new Message(
                            Role.ASSISTANT,
                            language.canCall()
                                    ? List.of(
                                            new Part.Text("Hello."),
                                            new Part.ToolCall("a", "look_up.it", "{\"s\": \"x y\", \"n\": 5}"),
                                            new Part.ToolCall("b", "look_up.it", "{}"))
                                    : List.of(new Part.Text("Hello.")),
                            null);
                    String text = ReplyRenderer.render(language, turn);
                    List<Replies.Piece> pieces = new ArrayList<>();
                    int from = 0;
                    Matcher m = token.matcher(text);
                    while (m.find()) {
                        if (!controls.contains(m.group())) continue;
                        pieces.add(new Replies.Piece(text.substring(from, m.start()), false));
                        pieces.add(new Replies.Piece(m.group(), true));
                        from = m.end();
                    }
                    pieces.add(new Replies.Piece(text.substring(from), false));
                    Replies.Reply reply = Replies.parse(language, List.of(TOOL), controls, "", pieces);
                    assertThat(normal(reply.parts())).as(text).isEqualTo(normal(turn.parts()));
                    assertThat(reply.notices()).as(text).isEmpty();

                    if (!controls.isEmpty()) {
                        String spelt = "About " + String.join(" and ", controls) + ".";
                        Replies.Reply about = Replies.parse(
                                language, List.of(TOOL), controls, "", List.of(new Replies.Piece(spelt, false)));
                        assertThat(about.text()).isEqualTo(spelt);
                        assertThat(about.parts()).hasSize(1);
                    }
                }))
                .toList();
    }

    /** Any input: nothing is thrown, and no character of text is lost, though white space by a marker may be. */
    @Property(tries = 3000)
    void anyInputIsAcceptedAndKept(@ForAll long seed) {
        Random r = new Random(seed);
        ReplyLanguage language = ReplyLanguages.ALL.get(r.nextInt(ReplyLanguages.ALL.size()));
        String text = ReplyRenderer.render(language, turn(language, r));
        // Break a good answer: cut it, drop, double or change characters, add markers.
        StringBuilder broken = new StringBuilder(text);
        for (int i = r.nextInt(5); i > 0 && !broken.isEmpty(); i--) {
            int at = r.nextInt(broken.length());
            switch (r.nextInt(5)) {
                case 0 -> broken.setLength(at);
                case 1 -> broken.deleteCharAt(at);
                case 2 -> broken.insert(at, broken.substring(at, Math.min(broken.length(), at + 20)));
                case 3 -> broken.setCharAt(at, "\"{}[]<>|/\\,:x5 \n".charAt(r.nextInt(16)));
                default -> broken.insert(at, markup(r));
            }
        }
        String input = broken.toString().replaceAll("[\\ud800-\\udfff]", "");
        Replies.Reply whole = parse(language, List.of(input));
        assertThat(parse(language, cut(input, r))).as(input).isEqualTo(whole);
        assertThat(parse(language, List.of(input.split("")))).as(input).isEqualTo(whole);

        // Without markers in it an answer passes through as it is.
        String plain = input.replaceAll("[<>\\[{:]", "");
        assertThat(parse(language, List.of(plain)).text().strip()).isEqualTo(plain.strip());
    }

    /** Every word of a broken answer is still there: in text, reasoning, or the calls that could be read. */
    @Property(tries = 2000)
    void noWordIsLost(@ForAll long seed) {
        Random r = new Random(seed);
        ReplyLanguage language = ReplyLanguages.ALL.get(r.nextInt(ReplyLanguages.ALL.size()));
        StringBuilder input = new StringBuilder();
        List<String> words = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            if (r.nextInt(3) == 0 && !language.sections().isEmpty()) {
                ReplyLanguage.Section s =
                        language.sections().get(r.nextInt(language.sections().size()));
                if (s.kind() == ReplyLanguage.Kind.CALLS || s.close().isEmpty() || r.nextBoolean()) {
                    input.append(s.open());
                } else {
                    input.append(s.close().getFirst());
                }
            } else {
                String word = "wórd" + i;
                words.add(word);
                input.append(word).append(r.nextBoolean() ? " " : "\n");
            }
        }
        Replies.Reply reply = parse(language, List.of(input.toString()));
        String out = reply.reasoning() + reply.text() + reply.calls();
        for (String w : words) assertThat(out).as(input.toString()).contains(w);
    }
}
