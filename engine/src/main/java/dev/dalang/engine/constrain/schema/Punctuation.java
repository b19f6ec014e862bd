package dev.dalang.engine.constrain.schema;

import dev.dalang.engine.constrain.automaton.ByteAutomaton;
import dev.dalang.engine.constrain.automaton.ByteAutomaton.Encoding;
import dev.dalang.engine.constrain.automaton.Regex;
import dev.dalang.engine.constrain.automaton.TextDfa;
import dev.dalang.engine.constrain.machine.Place;
import dev.dalang.engine.constrain.machine.Place.Step;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Braces, brackets, commas and colons, with the white space that may stand at them: a space, or one or two line ends and
 * up to 64 characters of indentation. A bound, since a model may like nothing better than to go on indenting.
 */
final class Punctuation {

    private static final String SPACE = "( |\\r?\\n(\\r?\\n)?[ \\t]{0,64})?";

    private static final int CLOSES = 0;
    private static final int GOES_ON = 1;

    private final ByteAutomaton openObject = automaton("\\{" + SPACE);
    private final ByteAutomaton openArray = automaton("\\[" + SPACE);
    private final ByteAutomaton closeObject = automaton("\\}");
    private final ByteAutomaton closeArray = automaton("\\]");
    private final ByteAutomaton colon = automaton(":" + SPACE);
    private final ByteAutomaton afterMember = separators("\\}");
    private final ByteAutomaton afterItem = separators("\\]");

    private static ByteAutomaton automaton(String pattern) {
        return new ByteAutomaton(Regex.whole(pattern), Encoding.PLAIN);
    }

    private static ByteAutomaton separators(String close) {
        TextDfa closing = Regex.whole(SPACE + close);
        TextDfa comma = Regex.whole("," + SPACE);
        return new ByteAutomaton(
                TextDfa.partition(List.of(closing, comma), in -> in[0] >= 0 ? CLOSES : in[1] >= 0 ? GOES_ON : -1),
                Encoding.PLAIN);
    }

    static Step read(ByteAutomaton a, Place after) {
        return new Step.Read(a, a.start(), new Place[] {after});
    }

    Step openObject(Place after) {
        return read(openObject, after);
    }

    Step openArray(Place after) {
        return read(openArray, after);
    }

    Step closeObject(Place after) {
        return read(closeObject, after);
    }

    Step closeArray(Place after) {
        return read(closeArray, after);
    }

    Step colon(Place after) {
        return read(colon, after);
    }

    /** The closing brace, or a comma; null for what may not come. */
    List<Step> afterMember(@Nullable Place closed, @Nullable Place more) {
        return separated(afterMember, closed, more);
    }

    List<Step> afterItem(@Nullable Place closed, @Nullable Place more) {
        return separated(afterItem, closed, more);
    }

    private static List<Step> separated(ByteAutomaton separators, @Nullable Place closed, @Nullable Place more) {
        BitSet allowed = new BitSet();
        allowed.set(CLOSES, closed != null);
        allowed.set(GOES_ON, more != null);
        @Nullable Place[] after = new @Nullable Place[2];
        after[CLOSES] = closed;
        after[GOES_ON] = more;
        return List.of(new Step.Read(separators, separators.start(allowed), after));
    }
}
