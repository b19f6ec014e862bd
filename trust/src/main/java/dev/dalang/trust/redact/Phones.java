package dev.dalang.trust.redact;

import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Phone numbers: in international form wherever they stand, in national form where they are grouped the way a country
 * groups them, or where a word before says that one follows. Whether a number can exist is decided by the numbering plans of
 * libphonenumber; candidates are found here, because its own search is regular expressions over the whole text.
 */
final class Phones implements Detector {
    private static final PhoneNumberUtil PLANS = PhoneNumberUtil.getInstance();
    private static final Pattern NORTH_AMERICA = Pattern.compile("3[-.]3[-.]4");
    private static final Pattern AREA_IN_PARENTHESES = Pattern.compile("3.3[-. ]4");
    private static final Pattern FRANCE = Pattern.compile("2( 2){4}|2(\\.2){4}|2(-2){4}");
    private static final Pattern SPAIN = Pattern.compile("[23] ?(3 3|[23]( 2){2,3})");
    private static final int DIGITS_MAX = 15;
    private static final int GROUPS_MAX = 7;

    private static final Set<String> CUES = words(
            "phone phones tel telephone call calls called fax mobile cell cellphone ring text sms whatsapp wa hotline dial "
                    + "telefon telefonnummer handy handynummer mobil mobilnummer rufnummer anrufen erreichbar durchwahl rückruf "
                    + "festnetz ruf téléphone téléphonez portable appelez appeler joindre joignable tél teléfono telefono tfno "
                    + "móvil celular llama llame llamar llamarme llámame telp telepon telpon hp ponsel hubungi handphone");

    /** What precedes a phone number as well as an order's. */
    private static final Set<String> NUMBER = words("number nummer numéro número nomor");

    private static final Set<String> OTHERS = words(
            "order invoice isbn issn version ticket sku ref reference article item case part tracking account id serial "
                    + "bestellung bestellnummer auftrag rechnung rechnungsnummer artikel artikelnummer kundennummer aktenzeichen "
                    + "sendung seriennummer commande facture dossier référence colis pedido factura referencia expediente pesanan "
                    + "faktur resi tagihan berkas rp idr eur usd commit build page pages seite seiten chapter bsn nif dni nhs ssn "
                    + "sin nik steuer siret siren port timestamp pid rekening konto kontonummer npwp");

    private static Set<String> words(String words) {
        return Set.of(words.split(" "));
    }

    @Override
    public void find(Scan text, Sink found) {
        DigitGroups g = text.groups();
        for (int first = 0; first < g.count(); first++) {
            if (g.size(first) > DIGITS_MAX) continue;
            int plus = plus(text, g.start(first));
            int last = plus >= 0 ? international(g, first) : national(text, g, first);
            if (last < 0) continue;
            int start = plus >= 0 ? plus : g.start(first);
            if (plus < 0 && text.at(start - 1) == '(' && closes(text, start, g.end(last))) start--;
            found.add(Kind.PHONE, start, g.end(last), plus >= 0 ? "phone" : "phone.national");
            first = last;
        }
    }

    private static boolean closes(Scan text, int from, int to) {
        for (int i = from; i < to; i++) if (text.chars[i] == ')') return true;
        return false;
    }

    /** Where the plus sign before a group stands, a parenthesis between them allowed; -1 for none. */
    private static int plus(Scan text, int start) {
        int i = start - 1;
        if (text.at(i) == '(' && text.at(i - 1) == '+') i--;
        return text.at(i) != '+' || Scan.alnum(text.at(i - 1)) || text.at(i - 1) == '+' ? -1 : i;
    }

    /** The last group of the longest number that exists, or -1. */
    private static int international(DigitGroups g, int first) {
        int best = -1;
        int total = 0;
        StringBuilder digits = new StringBuilder("+");
        for (int last = first; last < g.count() && last < first + GROUPS_MAX; last++) {
            if (last > first && !g.joins(last - 1)) break;
            total += g.size(last);
            if (total > DIGITS_MAX + 1) break;
            // The (0) of +49 (0)30 is not dialled from abroad.
            if (last == first + 1 && g.size(last) == 1 && g.digits(last, last).equals("0")) continue;
            digits.append(g.digits(last, last));
            if (total >= 7 && !g.gluedRight(last, true) && exists(digits.toString(), "ZZ")) best = last;
        }
        return best;
    }

    private static int national(Scan text, DigitGroups g, int first) {
        if (g.gluedLeft(first)) return -1;
        int start = g.start(first);
        char lead = text.chars[start];
        boolean parenthesis = text.at(start - 1) == '(';
        boolean cue = text.cueBefore(start, 32, CUES);
        if (!cue) {
            if (text.cueBefore(start, 24, OTHERS)) return -1;
            cue = text.cueBefore(start, 24, NUMBER);
        }
        int best = -1;
        StringBuilder shape = new StringBuilder(20);
        for (int last = first; last < g.count() && last < first + GROUPS_MAX; last++) {
            if (last > first) {
                if (!g.joins(last - 1)) break;
                shape.append(g.separator(last - 1) == 0 ? '_' : g.separator(last - 1));
            }
            shape.append((char) ('0' + Math.min(g.size(last), 15)));
            String digits = g.digits(first, last);
            if (digits.length() > DIGITS_MAX) break;
            if (digits.length() < 7 || g.gluedRight(last, true)) continue;
            if (digits.startsWith("00")) {
                if (exists("+" + digits.substring(2), "ZZ")) best = last;
                continue;
            }
            if (digits.length() > 13) break;
            for (String region : regions(lead, shape.toString(), digits, parenthesis, cue)) {
                if (exists(digits, region)) {
                    best = last;
                    break;
                }
            }
        }
        return best;
    }

    /** In which countries a number may be that is written like this; shape is the sizes of its groups and what is between. */
    private static List<String> regions(char lead, String shape, String digits, boolean parenthesis, boolean cue) {
        if (cue) {
            return lead == '0'
                    ? List.of("DE", "FR", "GB", "ID", "AT", "CH", "NL", "BE", "IT", "AU", "JP", "SE")
                    : List.of("US", "ES", "PT", "PL", "BR", "MX", "IN", "NO", "DK", "ID");
        }
        if (NORTH_AMERICA.matcher(shape).matches()
                || parenthesis && AREA_IN_PARENTHESES.matcher(shape).matches()) return List.of("US");
        if (lead == '0') {
            if (FRANCE.matcher(shape).matches()) return List.of("FR");
            if (digits.startsWith("08") && digits.length() >= 10) return List.of("ID");
            boolean date = shape.startsWith("2.2.") || shape.startsWith("2/2/") || shape.startsWith("2-2-");
            if (shape.length() >= 3 && !date && digits.length() >= 9) {
                return List.of("DE", "GB", "ID", "AT", "CH", "NL", "IT", "AU", "BE");
            }
            return List.of();
        }
        return "6789".indexOf(lead) >= 0 && SPAIN.matcher(shape).matches() ? List.of("ES") : List.of();
    }

    private static boolean exists(String number, String region) {
        try {
            return PLANS.isValidNumber(PLANS.parse(number, region));
        } catch (NumberParseException e) {
            return false;
        }
    }
}
