package dev.dalang.engine.constrain.schema;

import dev.dalang.engine.constrain.automaton.CharClass;
import dev.dalang.engine.constrain.automaton.Refusal;
import dev.dalang.engine.constrain.automaton.Regex;
import dev.dalang.engine.constrain.automaton.TextDfa;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The formats of JSON Schema (validation vocabulary, section 7.3) as languages. Where a format's rules are more than
 * regular, the language is a part of it: what is written is right, though not all that is right can be written.
 */
final class Formats {

    /** Formats of the specification whose rules cannot be guaranteed here. */
    private static final Set<String> NOT_GUARANTEED =
            Set.of("idn-email", "idn-hostname", "iri", "iri-reference", "regex");

    private static final String D = "[0-9]";
    private static final String HEX = "[0-9A-Fa-f]";

    // RFC 3339, with the days that months have.
    private static final String DATE = "(" + D + "{4}-((0[13578]|1[02])-(0[1-9]|[12]" + D + "|3[01])"
            + "|(0[469]|11)-(0[1-9]|[12]" + D + "|30)|02-(0[1-9]|1" + D + "|2[0-8]))"
            + "|(([02468][048]|[13579][26])00|" + D + D + "(0[48]|[2468][048]|[13579][26]))-02-29)";
    private static final String OFFSET = "([Zz]|[+-]([01]" + D + "|2[0-3]):[0-5]" + D + ")";
    private static final String TIME = "(([01]" + D + "|2[0-3]):[0-5]" + D + ":[0-5]" + D + "(\\." + D + "+)?" + OFFSET
            + "|23:59:60(\\." + D + "+)?([Zz]|[+-]00:00))";

    private static final String SECONDS = D + "+S";
    private static final String MINUTES = "(" + D + "+M(" + SECONDS + ")?)";
    private static final String HOURS = "(" + D + "+H(" + MINUTES + ")?)";
    private static final String CLOCK = "T(" + HOURS + "|" + MINUTES + "|" + SECONDS + ")";
    private static final String DAYS = D + "+D";
    private static final String MONTHS = "(" + D + "+M(" + DAYS + ")?)";
    private static final String YEARS = "(" + D + "+Y(" + MONTHS + ")?)";

    // RFC 1123; no label with hyphens in third and fourth place, which internationalised names reserve.
    private static final String LETTER = "[A-Za-z0-9]";
    private static final String LABEL = "(" + LETTER + "|" + LETTER + "[A-Za-z0-9-]?" + LETTER + "|" + LETTER
            + "([A-Za-z0-9-]" + LETTER + "[A-Za-z0-9-]|" + LETTER + "-" + LETTER + ")[A-Za-z0-9-]{0,58}" + LETTER + "|"
            + LETTER + "[A-Za-z0-9-]{2}" + LETTER + "|" + LETTER + "--" + LETTER + "[A-Za-z0-9-]{0,58}" + LETTER + ")";
    private static final String HOST = LABEL + "(\\." + LABEL + ")*";

    private static final String OCTET = "(25[0-5]|2[0-4]" + D + "|1" + D + D + "|[1-9]?" + D + ")";
    private static final String IPV4 = OCTET + "(\\." + OCTET + "){3}";

    private static final String H16 = HEX + "{1,4}";
    private static final String LS32 = "(" + H16 + ":" + H16 + "|" + IPV4 + ")";

    // RFC 3986, section 3.2.2.
    private static final String IPV6 = "((" + H16 + ":){6}" + LS32
            + "|::(" + H16 + ":){5}" + LS32
            + "|(" + H16 + ")?::(" + H16 + ":){4}" + LS32
            + "|((" + H16 + ":){0,1}" + H16 + ")?::(" + H16 + ":){3}" + LS32
            + "|((" + H16 + ":){0,2}" + H16 + ")?::(" + H16 + ":){2}" + LS32
            + "|((" + H16 + ":){0,3}" + H16 + ")?::" + H16 + ":" + LS32
            + "|((" + H16 + ":){0,4}" + H16 + ")?::" + LS32
            + "|((" + H16 + ":){0,5}" + H16 + ")?::" + H16
            + "|((" + H16 + ":){0,6}" + H16 + ")?::)";

    private static final String ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
    private static final String EMAIL = "(" + ATOM + "(\\." + ATOM + ")*|\"([ !#-\\[\\]-~]|\\\\[ -~])*\")@(" + HOST
            + "|\\[(" + IPV4 + "|IPv6:" + IPV6 + ")\\])";

    private static final String UNRESERVED = "A-Za-z0-9._~\\-";
    private static final String SUB = "!$&'()*+,;=";
    private static final String ESCAPED = "%" + HEX + HEX;
    private static final String PCHAR = "([" + UNRESERVED + SUB + ":@]|" + ESCAPED + ")";
    private static final String AUTHORITY = "(([" + UNRESERVED + SUB + ":]|" + ESCAPED + ")*@)?(\\[" + IPV6 + "\\]|(["
            + UNRESERVED + SUB + "]|" + ESCAPED + ")*)(:" + D + "*)?";
    private static final String PATH = "(/" + PCHAR + "*)*";
    private static final String TAIL = "(\\?(" + PCHAR + "|[/?])*)?(#(" + PCHAR + "|[/?])*)?";
    private static final String URI = "[A-Za-z][A-Za-z0-9+.-]*:(//" + AUTHORITY + PATH + "|/(" + PCHAR + "+" + PATH
            + ")?|" + PCHAR + "+" + PATH + "|)" + TAIL;
    private static final String RELATIVE = "(//" + AUTHORITY + PATH + "|/(" + PCHAR + "+" + PATH + ")?|([" + UNRESERVED
            + SUB + "@]|" + ESCAPED + ")+" + PATH + "|)" + TAIL;

    private static final String VARIABLE =
            "([A-Za-z0-9_]|" + ESCAPED + ")(\\.?([A-Za-z0-9_]|" + ESCAPED + "))*(:[1-9]" + D + "{0,3}|\\*)?";
    private static final String URI_TEMPLATE =
            "([!#$&-;=?-\\[\\]_a-z~\\u00a0-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\uffef\\u{10000}-\\u{e0fff}]|" + ESCAPED
                    + "|\\{[+#./;?&=,!@|]?" + VARIABLE + "(," + VARIABLE + ")*\\})*";

    private static final String POINTER = "(/([^/~]|~[01])*)*";

    private static final Map<String, String> PATTERNS = Map.ofEntries(
            Map.entry("date", DATE),
            Map.entry("time", TIME),
            Map.entry("date-time", DATE + "[Tt]" + TIME),
            Map.entry(
                    "duration",
                    "P((" + DAYS + "|" + MONTHS + "|" + YEARS + ")(" + CLOCK + ")?|" + CLOCK + "|" + D + "+W)"),
            Map.entry("email", EMAIL),
            Map.entry("hostname", HOST),
            Map.entry("ipv4", IPV4),
            Map.entry("ipv6", IPV6),
            Map.entry("uuid", HEX + "{8}(-" + HEX + "{4}){3}-" + HEX + "{12}"),
            Map.entry("uri", URI),
            Map.entry("uri-reference", "(" + URI + "|" + RELATIVE + ")"),
            Map.entry("uri-template", URI_TEMPLATE),
            Map.entry("json-pointer", POINTER),
            Map.entry("relative-json-pointer", "(0|[1-9]" + D + "*)([+-][1-9]" + D + "*)?(#|" + POINTER + ")"));

    private static final Map<String, TextDfa> KNOWN = new ConcurrentHashMap<>();

    private Formats() {}

    /** The language of a format; null for a name that the specification does not define, which asserts nothing. */
    static @Nullable TextDfa of(String name) {
        if (NOT_GUARANTEED.contains(name)) {
            throw Refusal.unsupported("format", "the format " + name + " cannot be guaranteed");
        }
        String pattern = PATTERNS.get(name);
        return pattern == null
                ? null
                : KNOWN.computeIfAbsent(name, n -> {
                    TextDfa dfa = Regex.whole(pattern);
                    return n.equals("hostname") ? dfa.and(TextDfa.repeat(CharClass.ANY, 1, 253)) : dfa;
                });
    }
}
