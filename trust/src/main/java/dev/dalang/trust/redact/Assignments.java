package dev.dalang.trust.redact;

import java.util.Set;

/**
 * Values that a name before them calls secret: {@code password = …}, {@code "client_secret": "…"}, {@code Bearer …},
 * {@code --token …}, {@code mein Passwort ist …}.
 */
final class Assignments implements Detector {
    private static final int VALUE_MAX = 512;

    /** Endings of names; compared without {@code _ - .} and blanks. */
    private static final String[] NAMES =
            ("password passwd passwort passphrase pwd secret token apikey accesskey secretkey "
                            + "privatekey authkey accountkey sharedaccesskey signingkey encryptionkey clientsecret credential credentials "
                            + "kennwort motdepasse mdp contraseña contrasena clave katasandi sandi pin kodeotp passcode pass clésecrète cléapi")
                    .split(" ");

    private static final String LAST_LETTERS_OF_NAMES = "dtenylspai";

    private static final Set<String> IS =
            Set.of("is", "ist", "lautet", "est", "es", "adalah", "was", "war", "era", "ialah");

    private static final Set<String> NO_VALUES =
            Set.of(("null none true false undefined string required optional your changeme "
                            + "example password secret token redacted hidden xxxxxx xxxxxxxx todo empty unset test value here")
                    .split(" "));

    @Override
    public void find(Scan text, Sink found) {
        char[] c = text.chars;
        for (int i = 1; i < text.length - 3; i++) {
            if (c[i] == ':' || c[i] == '=') {
                if (c[i + 1] == '/' || c[i - 1] == ':' || c[i + 1] == '=') continue;
                if (!named(text, i)) continue;
                boolean arrow = c[i + 1] == '>';
                value(text, i + (arrow ? 2 : 1), false, found);
            } else if (c[i] == ' ' && Scan.letter(c[i - 1])) {
                spoken(text, i, found);
            }
        }
    }

    /** A word before a blank: {@code Bearer x}, {@code --password x}, {@code the password is x}. */
    private static void spoken(Scan text, int blank, Sink found) {
        int start = blank;
        while (start > 0 && blank - start < 20 && Scan.letter(text.chars[start - 1])) start--;
        int length = blank - start;
        if (length < 2 || length > 13) return;
        char first = text.lower()[start];
        if (first == 'b' && (word(text, start, blank, "bearer") || word(text, start, blank, "basic"))) {
            int end = end(text, blank + 1);
            if (end - blank > 16 && digits(text, blank + 1, end))
                found.add(Kind.SECRET, blank + 1, end, "authorization");
        } else if (text.at(start - 1) == '-' && named(text, blank)) {
            value(text, blank, false, found);
        } else if (length <= 6 && "ilaew".indexOf(first) >= 0 && IS.contains(new String(text.lower(), start, length))) {
            if (text.at(start - 1) == ' ' && named(text, start - 1)) value(text, blank, true, found);
        }
    }

    private static boolean word(Scan text, int start, int end, String word) {
        return end - start == word.length() && new String(text.lower(), start, end - start).equals(word);
    }

    /** The name that ends before {@code at} is a secret's. */
    private static boolean named(Scan text, int at) {
        char[] l = text.lower();
        int i = at - 1;
        while (i >= 0 && at - i < 6 && " \"'*`]".indexOf(l[i]) >= 0) i--;
        while (i >= 0 && Scan.digit(l[i]) && at - i < 10) i--;
        if (i < 0 || LAST_LETTERS_OF_NAMES.indexOf(l[i]) < 0) return false;
        for (String name : NAMES) {
            int k = name.length() - 1;
            int p = i;
            // Marks inside the name do not count, three of them at most.
            for (int marks = 0; k >= 0 && p >= 0; p--) {
                if (l[p] == name.charAt(k)) k--;
                else if (k == name.length() - 1 || "_- .".indexOf(l[p]) < 0 || ++marks > 3) break;
            }
            if (k >= 0) continue;
            // "pin" must be a word; "dbpassword" need not.
            boolean begins = p < 0 || !Scan.letter(l[p]) || Scan.upper(text.chars[p + 1]);
            if (name.length() > 5 || begins) return true;
        }
        return false;
    }

    private static void value(Scan text, int from, boolean spoken, Sink found) {
        int i = from;
        while (i < text.length && i - from < 4 && Scan.space(text.chars[i])) i++;
        char quote = text.at(i);
        boolean quoted = quote == '"' || quote == '\'' || quote == '`';
        int start = quoted ? i + 1 : i;
        int end = quoted ? closing(text, start, quote) : end(text, start);
        if (end < 0 || end - start < 4) return;
        if (worth(text, start, end, quoted, spoken)) found.add(Kind.SECRET, start, end, "assignment");
    }

    private static int closing(Scan text, int from, char quote) {
        for (int i = from; i < text.length && i - from < VALUE_MAX; i++) {
            char c = text.chars[i];
            if (c == '\\' && i + 1 < text.length) i++;
            else if (c == quote) return i;
            else if (c == '\n') return -1;
        }
        return -1;
    }

    private static int end(Scan text, int from) {
        int i = from;
        while (i < text.length
                && i - from < VALUE_MAX
                && !Character.isWhitespace(text.chars[i])
                && "\"'<>,;`)".indexOf(text.chars[i]) < 0) i++;
        while (i > from && ".!?:".indexOf(text.chars[i - 1]) >= 0) i--;
        return i;
    }

    /** Not a variable, a call or a word of the language; a value without quotes has a digit or a mark in it. */
    private static boolean worth(Scan text, int start, int end, boolean quoted, boolean spoken) {
        if (Connections.variable(text.string, start)) return false;
        String value = new String(text.lower(), start, end - start);
        if (NO_VALUES.contains(value) || value.contains("${") || value.contains("{{") || value.startsWith("your"))
            return false;
        boolean digit = false;
        boolean mark = false;
        boolean blank = false;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            digit |= Scan.digit(c);
            blank |= Scan.space(c);
            mark |= !Scan.alnum(c) && "-_. ".indexOf(c) < 0;
        }
        if (quoted && blank) return digit && !spoken;
        if (quoted) return (digit || mark || value.length() >= 8) && !(identifier(value) && !digit && !mark);
        if (value.indexOf('(') >= 0 || value.indexOf('[') >= 0 || value.startsWith("/") || value.startsWith("process."))
            return false;
        return digit || mark && value.length() >= 6;
    }

    private static boolean identifier(String value) {
        return value.endsWith("token")
                || value.endsWith("password")
                || value.endsWith("secret")
                || value.endsWith("key");
    }

    private static boolean digits(Scan text, int from, int to) {
        for (int i = from; i < to; i++) if (Scan.digit(text.chars[i])) return true;
        return false;
    }
}
