package dev.dalang.trust.redact;

import java.util.HashMap;
import java.util.Map;

/** Bank accounts by ISO 13616: a country, the length that its registry entry says, and 1 modulo 97. */
final class Ibans implements Detector {

    private static final Map<String, Integer> LENGTHS = new HashMap<>();

    static {
        // The IBAN registry's countries and lengths.
        String registry =
                "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 "
                        + "DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 "
                        + "IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 "
                        + "NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 "
                        + "TN24 TR26 UA29 VA22 VG24 XK20 YE30";
        for (String entry : registry.split(" ")) {
            LENGTHS.put(entry.substring(0, 2), Integer.parseInt(entry.substring(2)));
        }
    }

    @Override
    public void find(Scan text, Sink found) {
        char[] c = text.chars;
        StringBuilder account = new StringBuilder(36);
        for (int i = 0; i < text.length - 14; i++) {
            if (!Scan.digit(c[i + 2]) || !asciiLetter(c[i]) || !asciiLetter(c[i + 1]) || !Scan.digit(c[i + 3]))
                continue;
            if (i > 0 && (Scan.alnum(c[i - 1]) || c[i - 1] == '_')) continue;
            Integer length = LENGTHS.get("" + Character.toUpperCase(c[i]) + Character.toUpperCase(c[i + 1]));
            if (length == null) continue;
            int end = gather(text, i, length, account);
            if (end < 0 || Scan.alnum(text.at(end))) continue;
            String rotated = account.substring(4) + account.substring(0, 4);
            if (CheckDigits.modulo(rotated, 97) != 1) continue;
            found.add(Kind.IBAN, i, end, "iban");
            i = end - 1;
        }
    }

    /** Reads {@code length} letters and digits, single blanks or hyphens between them; the end, or -1 where there are fewer. */
    private static int gather(Scan text, int from, int length, StringBuilder into) {
        into.setLength(0);
        for (int i = from; i < text.length; i++) {
            char c = text.chars[i];
            if (Scan.plain(c)) {
                into.append(Character.toUpperCase(c));
                if (into.length() == length) return i + 1;
            } else if (!(Scan.space(c) || c == '-') || !Scan.plain(text.at(i - 1))) {
                return -1;
            }
        }
        return -1;
    }

    private static boolean asciiLetter(char c) {
        return c < 128 && Scan.letter(c);
    }
}
