package dev.dalang.engine.constrain.automaton;

import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntPredicate;

/** Unicode's properties by the names that regular expressions use: general categories, scripts, and a few more. */
final class UnicodeProperties {

    private static final Map<String, String> LONG_NAMES = Map.ofEntries(
            Map.entry("Letter", "L"),
            Map.entry("Uppercase_Letter", "Lu"),
            Map.entry("Lowercase_Letter", "Ll"),
            Map.entry("Titlecase_Letter", "Lt"),
            Map.entry("Modifier_Letter", "Lm"),
            Map.entry("Other_Letter", "Lo"),
            Map.entry("Mark", "M"),
            Map.entry("Number", "N"),
            Map.entry("Decimal_Number", "Nd"),
            Map.entry("digit", "Nd"),
            Map.entry("Letter_Number", "Nl"),
            Map.entry("Other_Number", "No"),
            Map.entry("Punctuation", "P"),
            Map.entry("punct", "P"),
            Map.entry("Symbol", "S"),
            Map.entry("Separator", "Z"),
            Map.entry("Space_Separator", "Zs"),
            Map.entry("Other", "C"),
            Map.entry("Control", "Cc"));

    /** General categories in the order of {@link Character}'s constants, which leave out 17. */
    private static final String[] CATEGORIES = {
        "Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Me", "Mc", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "", "Co",
        "Cs", "Pd", "Ps", "Pe", "Pc", "Po", "Sm", "Sc", "Sk", "So", "Pi", "Pf"
    };

    private UnicodeProperties() {}

    static IntPredicate of(String property, Function<String, RuntimeException> refuse) {
        int equals = property.indexOf('=');
        String key = equals < 0 ? "" : property.substring(0, equals);
        String value = property.substring(equals + 1);
        if (key.equals("Script") || key.equals("sc")) return script(value, refuse);
        if (!key.isEmpty() && !key.equals("General_Category") && !key.equals("gc")) {
            throw refuse.apply("the property " + key);
        }
        switch (value) {
            case "Any" -> {
                return c -> true;
            }
            case "ASCII" -> {
                return c -> c < 128;
            }
            case "Alphabetic", "Alpha" -> {
                return Character::isAlphabetic;
            }
            case "White_Space", "space" -> {
                return c -> RegexParser.SPACE.contains(c) || c == 0x85;
            }
            case "Uppercase", "Upper" -> {
                return Character::isUpperCase;
            }
            case "Lowercase", "Lower" -> {
                return Character::isLowerCase;
            }
            default -> {}
        }
        String category = LONG_NAMES.getOrDefault(value, value);
        for (String known : CATEGORIES) {
            if (!known.isEmpty() && known.startsWith(category) && category.length() <= 2) {
                return c -> CATEGORIES[Character.getType(c)].startsWith(category);
            }
        }
        return script(value, refuse);
    }

    private static IntPredicate script(String name, Function<String, RuntimeException> refuse) {
        try {
            Character.UnicodeScript script = Character.UnicodeScript.forName(name.toUpperCase(Locale.ROOT));
            return c -> Character.UnicodeScript.of(c) == script;
        } catch (IllegalArgumentException e) {
            throw refuse.apply("the property " + name);
        }
    }
}
