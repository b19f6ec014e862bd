package dev.dalang.trust.redact;

import static dev.dalang.trust.redact.CheckDigits.date;
import static dev.dalang.trust.redact.CheckDigits.digit;
import static dev.dalang.trust.redact.CheckDigits.luhn;
import static dev.dalang.trust.redact.CheckDigits.pair;
import static dev.dalang.trust.redact.CheckDigits.weighted;
import static dev.dalang.trust.redact.IdRule.after;
import static dev.dalang.trust.redact.IdRule.alone;

import java.util.List;
import java.util.Set;

/**
 * National ids and their check digits, each as its authority specifies it. The United States, Indonesia and South Korea
 * give no check digit (any more); there the parts that a number is made of are checked.
 */
final class IdRules {

    /** Indonesia's provinces by their codes in the resident number. */
    private static final Set<Integer> PROVINCES = Set.of(
            11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 31, 32, 33, 34, 35, 36, 51, 52, 53, 61, 62, 63, 64, 65, 71, 72, 73,
            74, 75, 76, 81, 82, 91, 92, 93, 94, 95, 96);

    static final List<IdRule> ALL = List.of(
            // Austria: Sozialversicherungsnummer. The fourth digit is the check; birth date at the end.
            after(
                    "svnr sozialversicherungsnummer versicherungsnummer sv",
                    "at.svnr",
                    "9999 999999|9999999999",
                    d -> d.charAt(0) != '0'
                            && (weighted(d, 3, 7, 9) + weighted(d.substring(4), 5, 8, 4, 2, 1, 6)) % 11 == digit(d, 3)),
            // Argentina: CUIT/CUIL, modulo 11.
            alone("ar.cuit", "99-99999999-9", d -> elevens(d, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)),
            // Belgium: rijksregisternummer, 97 minus the rest; with a 2 before it for those born from 2000.
            alone("be.rijksregister", "99.99.99-999.99", IdRules::belgium),
            after(
                    "rijksregister rijksregisternummer insz registre national niss",
                    "be.rijksregister",
                    "99999999999",
                    IdRules::belgium),
            // Brazil: CPF, two check digits modulo 11.
            alone("br.cpf", "999.999.999-99|99999999999", IdRules::cpf),
            // Canada: Social Insurance Number, Luhn.
            after(
                    "sin insurance social nas assurance",
                    "ca.sin",
                    "999 999 999|999-999-999|999999999",
                    d -> d.charAt(0) != '8' && luhn(d)),
            // Chile: RUT, modulo 11 with K for 10.
            alone("cl.rut", "99.999.999-9|99.999.999-A|9.999.999-9|9.999.999-A", IdRules::rut),
            after("rut run", "cl.rut", "99999999-9|99999999-A|9999999-9|9999999-A", IdRules::rut),
            // China: GB 11643, ISO 7064 MOD 11-2, birth date at the seventh place.
            alone("cn.resident", "999999999999999999|99999999999999999A", IdRules::china),
            // Czechia and Slovakia: rodné číslo, divisible by 11; women's months + 50.
            alone(
                    "cz.rodne-cislo",
                    "999999/9999",
                    d -> date((pair(d, 2) % 50) % 20, pair(d, 4)) && Long.parseLong(d) % 11 == 0),
            // Denmark: CPR number. The check modulo 11 was given up in 2007, so a word must say it.
            after("cpr personnummer", "dk.cpr", "999999-9999|9999999999", d -> date(pair(d, 2), pair(d, 0))),
            // Finland: henkilötunnus, the rest modulo 31 as a letter.
            alone("fi.hetu", "999999-999A|999999A999A|999999+999A|999999-9999|999999A9999", IdRules::finland),
            // France: NIR, 97 minus the rest; 2A and 2B are Corsica.
            alone(
                    "fr.nir",
                    "999999999999999|9 99 99 99 999 999 99|9 99 99 99 999 999|99999A999999999|9 99 99 9A 999 999 99",
                    IdRules::nir),
            // Germany: Steuer-Identifikationsnummer, ISO 7064 MOD 11,10 and a rule on repeated digits.
            alone("de.steuer-id", "99 999 999 999", IdRules::steuerId),
            after(
                    "steuer steuerid steuernummer identifikationsnummer steueridentifikationsnummer idnr tin id",
                    "de.steuer-id",
                    "99999999999|99/999/999/999",
                    IdRules::steuerId),
            // Germany: Rentenversicherungsnummer, area, birth date, initial, serial, check.
            alone("de.rvnr", "99999999A999|99 999999 A 999|99 999999 A 99 9", IdRules::rentenversicherung),
            // India: Aadhaar, Verhoeff.
            alone("in.aadhaar", "9999 9999 9999", IdRules::aadhaar),
            after("aadhaar aadhar uidai", "in.aadhaar", "999999999999|9999-9999-9999", IdRules::aadhaar),
            // Indonesia: NIK, province, district, birth date (women's days + 40), serial; no check digit.
            alone(
                    "id.nik",
                    "9999999999999999|999999 999999 9999|999999.999999.9999",
                    d -> PROVINCES.contains(pair(d, 0))
                            && pair(d, 2) > 0
                            && date(pair(d, 8), pair(d, 6) % 40)
                            && pair(d, 6) != 40
                            && !d.endsWith("0000")),
            // Ireland: PPS number, modulo 23 as a letter.
            after("pps ppsn", "ie.pps", "9999999A|9999999AA", IdRules::ireland),
            // Italy: codice fiscale.
            alone("it.codice-fiscale", "AAAAAA99A99A999A", CodiceFiscale::valid),
            // Japan: My Number.
            after("number individual mynumber", "jp.my-number", "999999999999|9999-9999-9999", IdRules::japan),
            // Mexico: CURP.
            alone("mx.curp", "AAAA999999AAAAAAA9|AAAA999999AAAAAA99", IdRules::curp),
            // Netherlands: burgerservicenummer, the "eleven test".
            after(
                    "bsn burgerservicenummer sofinummer sofi",
                    "nl.bsn",
                    "999999999|9999.99.999|9999 99 999",
                    d -> !d.startsWith("00") && (weighted(d, 9, 8, 7, 6, 5, 4, 3, 2) - digit(d, 8) + 11) % 11 == 0),
            // Norway: fødselsnummer, two check digits modulo 11.
            alone("no.fodselsnummer", "99999999999|999999 99999", IdRules::norway),
            // Poland: PESEL; months + 20 for those born from 2000.
            alone(
                    "pl.pesel",
                    "99999999999",
                    d -> date(pair(d, 2) % 20, pair(d, 4))
                            && !CheckDigits.allSame(d)
                            && weighted(d, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1) % 10 == 0),
            // Portugal: NIF, modulo 11.
            after("nif contribuinte fiscal", "pt.nif", "999999999|999 999 999", IdRules::portugal),
            // Romania: CNP.
            alone(
                    "ro.cnp",
                    "9999999999999",
                    d -> d.charAt(0) != '0'
                            && date(pair(d, 3), pair(d, 5))
                            && weighted(d, 2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9) % 11 % 10 == digit(d, 12)),
            // South Africa: ID number, Luhn; birth date at the front, citizenship at the eleventh place.
            alone(
                    "za.id",
                    "9999999999999|999999 9999 999",
                    d -> date(pair(d, 2), pair(d, 4)) && d.charAt(10) <= '2' && luhn(d)),
            // South Korea: resident registration number; without a check digit since 2020.
            alone(
                    "kr.rrn",
                    "999999-9999999",
                    d -> date(pair(d, 2), pair(d, 4)) && digit(d, 6) >= 1 && digit(d, 6) <= 8),
            // Spain: DNI and NIE, modulo 23 as a letter.
            alone("es.dni", "99999999A|99999999-A|99.999.999-A|99.999.999A|99999999 A", IdRules::spain),
            alone("es.nie", "A9999999A|A-9999999-A|A9999999-A", IdRules::spain),
            // Sweden: personnummer, Luhn; days + 60 are coordination numbers.
            alone("se.personnummer", "999999-9999|99999999-9999|999999+9999", IdRules::sweden),
            after("personnummer personal", "se.personnummer", "9999999999|999999999999", IdRules::sweden),
            // Switzerland: AHV number, EAN-13 with the country's 756.
            alone(
                    "ch.ahv",
                    "999.9999.9999.99|9999999999999",
                    d -> d.startsWith("756") && weighted(d, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1) % 10 == 0),
            // Türkiye: kimlik numarası, two check digits.
            alone("tr.kimlik", "99999999999", IdRules::turkey),
            // United Kingdom: National Insurance number (no check digit; its prefixes are known) and NHS number, modulo
            // 11.
            alone("uk.nino", "AA999999A|AA 99 99 99 A|AA 999999 A", IdRules::nino),
            after(
                    "nhs",
                    "uk.nhs",
                    "999 999 9999|9999999999|999-999-9999",
                    d -> !CheckDigits.allSame(d) && elevens(d, 10, 9, 8, 7, 6, 5, 4, 3, 2)),
            // United States: Social Security number; no check digit.
            alone("us.ssn", "999-99-9999", IdRules::ssn),
            after("ssn social security itin taxpayer", "us.ssn", "999999999|999 99 9999", IdRules::ssn));

    private IdRules() {}

    /** The last digit is 11 minus the weighted sum modulo 11, and 0 for 11. */
    private static boolean elevens(String d, int... weights) {
        int check = 11 - weighted(d, weights) % 11;
        return (check == 11 ? 0 : check) == digit(d, d.length() - 1);
    }

    private static boolean belgium(String d) {
        int check = pair(d, 9);
        long number = Long.parseLong(d.substring(0, 9));
        return pair(d, 2) % 20 <= 12
                && pair(d, 4) <= 31
                && (97 - number % 97 == check || 97 - (2_000_000_000L + number) % 97 == check);
    }

    private static boolean cpf(String d) {
        if (CheckDigits.allSame(d)) return false;
        int first = weighted(d, 10, 9, 8, 7, 6, 5, 4, 3, 2) * 10 % 11 % 10;
        int second = weighted(d, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2) * 10 % 11 % 10;
        return first == digit(d, 9) && second == digit(d, 10);
    }

    private static boolean rut(String d) {
        int sum = 0;
        for (int i = d.length() - 2, factor = 2; i >= 0; i--, factor = factor == 7 ? 2 : factor + 1) {
            sum += digit(d, i) * factor;
        }
        int check = 11 - sum % 11;
        char last = d.charAt(d.length() - 1);
        return check == 10 ? last == 'K' : last - '0' == check % 11;
    }

    private static boolean china(String d) {
        if (!date(pair(d, 10), pair(d, 12)) || pair(d, 6) != 19 && pair(d, 6) != 20) return false;
        int sum = weighted(d, 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2);
        return "10X98765432".charAt(sum % 11) == d.charAt(17);
    }

    private static boolean finland(String d) {
        // The century's letter is dropped with the hyphen or stands at the seventh place.
        String digits = d.length() == 11 ? d.substring(0, 6) + d.substring(7) : d;
        if (d.length() == 11 && "ABCDEFYXWVU".indexOf(d.charAt(6)) < 0) return false;
        return date(pair(digits, 2), pair(digits, 0))
                && "0123456789ABCDEFHJKLMNPRSTUVWXY".charAt(Integer.parseInt(digits.substring(0, 9)) % 31)
                        == digits.charAt(9);
    }

    private static boolean nir(String d) {
        if (d.charAt(0) != '1' && d.charAt(0) != '2' || pair(d, 3) == 0 || pair(d, 3) > 12 && pair(d, 3) < 20)
            return false;
        if (d.length() == 13) return true;
        char letter = d.charAt(6);
        if (Scan.letter(letter) && (d.charAt(5) != '2' || letter != 'A' && letter != 'B')) return false;
        long less = letter == 'A' ? 1_000_000 : letter == 'B' ? 2_000_000 : 0;
        String number = Scan.letter(letter) ? d.substring(0, 6) + '0' + d.substring(7, 13) : d.substring(0, 13);
        return 97 - (Long.parseLong(number) - less) % 97 == pair(d, 13);
    }

    /** One digit of the first ten comes two or three times, the others once at most; not at the front a zero. */
    private static boolean steuerId(String d) {
        int[] times = new int[10];
        for (int i = 0; i < 10; i++) times[digit(d, i)]++;
        int repeated = 0;
        for (int t : times) {
            if (t > 3) return false;
            if (t > 1) repeated++;
        }
        return d.charAt(0) != '0' && repeated == 1 && CheckDigits.mod11And10(d);
    }

    private static boolean rentenversicherung(String d) {
        if (!date(pair(d, 4), pair(d, 2) % 50 == 0 ? 1 : pair(d, 2) % 50)) return false;
        int letter = d.charAt(8) - 'A' + 1;
        String all = d.substring(0, 8) + letter / 10 + letter % 10 + d.substring(9);
        int[] weights = {2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1};
        int sum = 0;
        for (int i = 0; i < 12; i++) {
            int product = digit(all, i) * weights[i];
            sum += product / 10 + product % 10;
        }
        return sum % 10 == digit(all, 12);
    }

    private static boolean aadhaar(String d) {
        return d.charAt(0) >= '2' && CheckDigits.verhoeff(d);
    }

    private static boolean ireland(String d) {
        int sum = weighted(d, 8, 7, 6, 5, 4, 3, 2);
        if (d.length() == 9) sum += 9 * (d.charAt(8) == 'W' ? 0 : d.charAt(8) - 'A' + 1);
        return "WABCDEFGHIJKLMNOPQRSTUV".charAt(sum % 23) == d.charAt(7);
    }

    private static boolean japan(String d) {
        int rest = weighted(d, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2) % 11;
        return (rest <= 1 ? 0 : 11 - rest) == digit(d, 11);
    }

    private static boolean curp(String d) {
        if (!date(pair(d, 6), pair(d, 8)) || "HMX".indexOf(d.charAt(10)) < 0) return false;
        int sum = 0;
        for (int i = 0; i < 17; i++) {
            // The Ñ stands between N and O, and counts.
            char c = d.charAt(i);
            int value = Scan.digit(c) ? c - '0' : c - 'A' + 10 + (c > 'N' ? 1 : 0);
            sum += value * (18 - i);
        }
        return (10 - sum % 10) % 10 == digit(d, 17);
    }

    private static boolean norway(String d) {
        return date(pair(d, 2) % 40, pair(d, 0) % 40)
                && weighted(d, 3, 7, 6, 1, 8, 9, 4, 5, 2, 1) % 11 == 0
                && weighted(d, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1) % 11 == 0;
    }

    private static boolean portugal(String d) {
        int rest = weighted(d, 9, 8, 7, 6, 5, 4, 3, 2) % 11;
        return "1235689".indexOf(d.charAt(0)) >= 0 && (rest < 2 ? 0 : 11 - rest) == digit(d, 8);
    }

    private static boolean spain(String d) {
        String number = switch (d.charAt(0)) {
            case 'X' -> "0" + d.substring(1, 8);
            case 'Y' -> "1" + d.substring(1, 8);
            case 'Z' -> "2" + d.substring(1, 8);
            default -> d.substring(0, 8);
        };
        if (!Scan.digit(number.charAt(0))) return false;
        return "TRWAGMYFPDXBNJZSQVHLCKE".charAt(Integer.parseInt(number) % 23) == d.charAt(8);
    }

    private static boolean sweden(String d) {
        String ten = d.length() == 12 ? d.substring(2) : d;
        if (d.length() == 12 && pair(d, 0) != 19 && pair(d, 0) != 20) return false;
        int day = pair(ten, 4);
        return date(pair(ten, 2), day > 60 ? day - 60 : day) && luhn(ten);
    }

    private static boolean turkey(String d) {
        if (d.charAt(0) == '0') return false;
        int odd = digit(d, 0) + digit(d, 2) + digit(d, 4) + digit(d, 6) + digit(d, 8);
        int even = digit(d, 1) + digit(d, 3) + digit(d, 5) + digit(d, 7);
        return Math.floorMod(odd * 7 - even, 10) == digit(d, 9) && (odd + even + digit(d, 9)) % 10 == digit(d, 10);
    }

    private static boolean nino(String d) {
        String prefix = d.substring(0, 2);
        return "DFIQUV".indexOf(d.charAt(0)) < 0
                && "DFIOQUV".indexOf(d.charAt(1)) < 0
                && !Set.of("BG", "GB", "KN", "NK", "NT", "TN", "ZZ").contains(prefix)
                && d.charAt(8) <= 'D';
    }

    /** Not issued: areas 000 and 666, groups 00, serials 0000. Areas from 900 are the tax office's (ITIN). */
    private static boolean ssn(String d) {
        return !d.startsWith("000")
                && !d.startsWith("666")
                && pair(d, 3) != 0
                && !d.endsWith("0000")
                && !d.equals("078051120");
    }
}
