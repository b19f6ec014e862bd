package dev.dalang.trust.redact;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/**
 * Makes values that look real and belong to nobody. Names and streets of the held-out set are other ones than those of the
 * tuned set, and many of them stand in no list.
 */
final class Values {
    private static final String UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private static final String LOWER = "abcdefghijklmnopqrstuvwxyz";
    private static final String DIGITS = "0123456789";
    private static final String ALNUM = UPPER + LOWER + DIGITS;

    private static final Map<String, String> GIVEN = Map.of(
            "en", "James Emily Oliver Charlotte Michael Sarah Daniel Rebecca Andrew Hannah Priya Ahmed Sean Fiona",
            "de", "Hans Sabine Jürgen Katrin Wolfgang Monika Stefan Heike Lukas Leonie Uwe Birgit Hans-Peter",
            "fr", "Jean Françoise Philippe Isabelle Laurent Camille Thierry Élodie Benoît Céline Jean-Luc Marie-Claire",
            "es", "José Carmen Manuel Lucía Javier Beatriz Alejandro Nuria Fernando Raquel Iván Begoña",
            "id", "Budi Siti Agus Sri Bambang Ratna Joko Fitri Hendra Wulan Rizky Aisyah");

    private static final Map<String, String> FAMILY = Map.of(
            "en", "Smith Johnson Thompson O'Brien Walker Patel Campbell Whitaker Robertson Gallagher",
            "de", "Müller Schmidt Schäfer Hoffmann Krüger Lehmann Zimmermann Steinmetz Braun Vogel",
            "fr", "Dubois Lefebvre Moreau Fournier Girard Rousseau Mercier Lambert Garnier Faure",
            "es", "García Fernández Gutiérrez Romero Navarro Castillo Herrera Molina Ortega Delgado",
            "id", "Santoso Wijaya Setiawan Hidayat Nugroho Siregar Nasution Kusuma Pratama Sihombing");

    private static final Map<String, String> GIVEN_HELD_OUT = Map.of(
            "en",
                    "Chidi Oluwaseun Margaret Tariq Lachlan Ngozi Brian Xiaoming Dylan Siobhán Theodore Latoya Giles Parveen Maud Dwayne Fergal Ruth",
            "de",
                    "Bärbel Ekkehard Dilara Jens Mehmet Hiltrud Fabian Zeynep Rüdiger Annegret Lukas Svetlana Burkhardt Carina Timo Ayşe",
            "fr",
                    "Aïcha Corentin Marie Bakary Solène Jules Huguette Malik Capucine Ludovic Khadija Gwendal Thomas Élise Tidiane Odette",
            "es",
                    "Yuleisy Aurelio Marta Wilson Nayeli Fermín Iker Ruth Xiomara Pablo Maialen Edwin Consolación Lucía Evelio Mónica",
            "id",
                    "Sukiman Theresia Agus Dahlia Maruli Nurhaliza Yohana Bagus Supriyatin Ucok Rahel Dedi Saodah Ferdinand Tuminah Nia");

    private static final Map<String, String> FAMILY_HELD_OUT = Map.of(
            "en",
                    "Adeyemi Cartwright Fitzwilliam Lindqvist Jones Mbeki Ravensdale Zhou Crowther Petrakis Hollingsworth Dang",
            "de",
                    "Aydın Bornemann Czerny Dombrowski Huber Lüdecke Öztürk Papenfuß Reinfeld Trautwein Weidenhiller Xanthopoulos",
            "fr",
                    "Benali Cissokho Desrosiers Etchegaray Guivarc'h Kouassi Martin Nguyen Pouliquen Saint-Amand Taillefer Vandenberghe",
            "es", "Arrizabalaga Bolaños Cuéllar Etxeberria García Huamán Lizárraga Mamani Ñáñez Pujol Tenorio Zambrano",
            "id",
                    "Banjarnahor Hutasoit Kartodikromo Lesmono Mangkunegara Nainggolan Pohan Rumambi Santoso Tandiono Wangsadinata Yapari");

    private static final Map<String, String> STREETS = Map.of(
            "en", "# Baker Street;# Park Lane;# Elm Avenue, Apt 4;# Queen's Road;# Maple Drive",
            "de", "Hauptstraße #;Lindenweg #a;Goethestr. #, @ Leipzig;Marktplatz #;Bahnhofstraße #, @ Köln",
            "fr",
                    "# rue de la République;# avenue Victor Hugo;#, boulevard Voltaire, @ Lyon;# place Bellecour;# chemin des Vignes",
            "es", "Calle Mayor #;Avenida de América #;Plaza de España, #;C/ Serrano #, @ Madrid;Paseo del Prado #",
            "id",
                    "Jl. Sudirman No. #;Jalan Merdeka #;Jl. Gatot Subroto Kav. #;Jl. Diponegoro No. #, Surabaya @;Jalan Asia Afrika No. #");

    private static final Map<String, String> STREETS_HELD_OUT = Map.of(
            "en", "# Thistledown Road;# Larkspur Ct, Unit 9;# North 3rd Avenue;# The Ridgeway;# Church Hill",
            "de", "Birkenhain #;Ernst-Reuter-Ufer #c;Untere Mühlgasse #, @ Bamberg;Zur Alten Post #;Sonnenhalde #",
            "fr",
                    "# rue du 8 Mai 1945;# ter avenue Jean-Jaurès;# sente des Lilas;# place d'Armes, @ Metz;# cours Mirabeau",
            "es",
                    "Calle Doctor Fleming #, 2º A;Avda. Reina Victoria, #;Travesía del Horno #;Rambla de Catalunya #;Paseo Marítimo # bajo",
            "id",
                    "Jl. KH Ahmad Dahlan No. #;Jl. Raya Bogor KM #;Jalan Veteran III No. #;Gg. Mawar No. #, Depok @;Dusun Karanganyar RT 03");

    private final Random random;
    private final boolean heldOut;

    Values(Random random, boolean heldOut) {
        this.random = random;
        this.heldOut = heldOut;
    }

    String of(String slot, String language) {
        return switch (slot) {
            case "NAME" ->
                pick((heldOut ? GIVEN_HELD_OUT : GIVEN).get(language)) + (chance(0.8) ? " " + family(language) : "");
            case "SURNAME" -> family(language);
            case "EMAIL" -> email(language);
            case "PHONE" -> fill(pick(phones(language), ";"));
            case "PHONE_US" -> fill(pick("(415) 555-26##;212-555-01##;+1 646 555 01##", ";"));
            case "ADDRESS" ->
                pick((heldOut ? STREETS_HELD_OUT : STREETS).get(language), ";")
                        .replace("#", Integer.toString(1 + random.nextInt(180)))
                        .replace("@", digits(5).replaceFirst("^0", "1"));
            case "IBAN" -> iban();
            case "CARD" -> card();
            case "IP" ->
                chance(0.8)
                        ? pick("10.0 192.168 172.16 85.214 203.0 8.8") + "." + random.nextInt(256) + "."
                                + (1 + random.nextInt(254))
                        : "2001:db8:" + hex(4) + "::" + hex(3) + ":" + hex(4);
            case "API_KEY" -> key();
            case "TOKEN" ->
                part("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + "." + part("{\"sub\":\"" + digits(10) + "\"}") + "."
                        + chars(ALNUM + "-_", 43);
            case "PRIVATE_KEY" ->
                "-----BEGIN RSA PRIVATE KEY-----\n" + chars(ALNUM + "+/", 64) + "\n" + chars(ALNUM + "+/", 40)
                        + "==\n-----END RSA PRIVATE KEY-----";
            case "CONNECTION" ->
                pick("postgres mysql mongodb redis amqp") + "://" + chars(LOWER, 5) + ":" + chars(ALNUM, 12) + "@db"
                        + random.nextInt(9) + ".example.com:" + (1000 + random.nextInt(9000)) + "/" + chars(LOWER, 6);
            case "SECRET" -> pick("Sommer hunter Tiger blue qwerty Zebra") + pick("! # % $ _ -") + digits(3);
            case "-UUID" -> new UUID(random.nextLong(), random.nextLong()).toString();
            case "-SHA" -> hex(40);
            case "-SHA256" -> hex(64);
            case "-DATE" -> date(language);
            case "-TIME" -> String.format("%02d:%02d", random.nextInt(24), random.nextInt(60));
            case "-VERSION" ->
                random.nextInt(20) + "." + random.nextInt(30) + "." + random.nextInt(100)
                        + (chance(0.3) ? "." + random.nextInt(100) : "");
            case "-ORDER" -> pick("ORD- # SO- A") + (10_000_000L + random.nextInt(80_000_000));
            case "-AMOUNT" -> amount(language);
            case "-ISBN" -> "978-" + random.nextInt(10) + "-" + digits(4) + "-" + digits(4) + "-" + random.nextInt(10);
            default -> id(slot);
        };
    }

    private String family(String language) {
        return pick((heldOut ? FAMILY_HELD_OUT : FAMILY).get(language));
    }

    private String email(String language) {
        String local = pick("info office anna.b j.smith k_weber x+news t.o-brien user42");
        return local + digits(2) + "@"
                + pick("example.com example.org mail.example.net " + language + ".example.co.uk");
    }

    private static String phones(String language) {
        return switch (language) {
            case "de" -> "+49 30 ########;030 ########;0151 2#######;+49 171 #######;(089) ### ## ##;0221/#######";
            case "fr" -> "01 42 ## ## ##;06 12 ## ## ##;+33 6 12 ## ## ##;06.23.##.##.##;+33 1 42 ## ## ##";
            case "es" -> "612 ### ###;+34 612 ### ###;91 4## ## ##;+34 91 4## ## ##;655 ## ## ##";
            case "id" -> "0812-34##-####;+62 812 34## ####;0813 4### ####;(021) 52# ####;+62 21 52# ####";
            default -> "+1 415 555 26##;(212) 555-01##;+44 20 7946 0###;020 7946 0###;07700 900###;+44 7911 12####";
        };
    }

    private String iban() {
        String code = pick("DE FR ES AT BE");
        int length = switch (code) {
            case "DE" -> 18;
            case "FR" -> 23;
            case "ES" -> 20;
            case "AT" -> 16;
            default -> 12;
        };
        String account = digits(length);
        // 98 minus the remainder, as the standard says, by long arithmetic.
        int check = 98
                - new java.math.BigInteger(account + (code.charAt(0) - 55) + (code.charAt(1) - 55) + "00")
                        .mod(java.math.BigInteger.valueOf(97))
                        .intValue();
        String plain = code + String.format("%02d", check) + account;
        return chance(0.5) ? plain.replaceAll("(.{4})(?=.)", "$1 ") : plain;
    }

    private String card() {
        String prefix = pick("4 51 55 2221 37 6011 3530");
        int length = prefix.equals("37") ? 15 : 16;
        String body = prefix + digits(length - prefix.length() - 1);
        for (int d = 0; d < 10; d++) {
            String number = body + d;
            if (sum(number) % 10 != 0) continue;
            return length == 16 && chance(0.6) ? number.replaceAll("(.{4})(?=.)", chance(0.5) ? "$1 " : "$1-") : number;
        }
        throw new AssertionError();
    }

    private static int sum(String number) {
        int sum = 0;
        for (int i = 0; i < number.length(); i++) {
            int d = number.charAt(number.length() - 1 - i) - '0';
            sum += i % 2 == 0 ? d : d > 4 ? 2 * d - 9 : 2 * d;
        }
        return sum;
    }

    private String key() {
        return switch (random.nextInt(8)) {
            case 0 -> "AKIA" + chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 15) + "7";
            case 1 -> "ghp_" + chars(ALNUM, 35) + "4";
            case 2 -> "sk-proj-" + chars(ALNUM, 47) + "1";
            case 3 -> "sk-ant-api03-" + chars(ALNUM, 60) + "2";
            case 4 -> "sk_live_" + chars(ALNUM, 23) + "9";
            case 5 -> "xoxb-" + digits(11) + "-" + digits(11) + "-" + chars(ALNUM, 24);
            case 6 -> "AIza" + chars(ALNUM, 34) + "3";
            default -> "hf_" + chars(ALNUM, 33) + "5";
        };
    }

    private String date(String language) {
        int d = 1 + random.nextInt(28);
        int m = 1 + random.nextInt(12);
        int y = 1950 + random.nextInt(76);
        return switch (language) {
            case "de" -> String.format("%02d.%02d.%d", d, m, y);
            case "en" -> String.format("%d-%02d-%02d", y, m, d);
            default -> String.format("%02d/%02d/%d", d, m, y);
        };
    }

    private String amount(String language) {
        int whole = 1 + random.nextInt(99);
        return switch (language) {
            case "en" -> "$" + whole + "," + digits(3) + ".50";
            case "id" -> "Rp " + whole + "." + digits(3) + ".000";
            default -> whole + "." + digits(3) + ",50 EUR";
        };
    }

    /** By trial: numbers of the right shape until the last characters fit. */
    private String id(String slot) {
        return switch (slot) {
            case "ID_US" -> "2" + digits(2) + "-" + (10 + random.nextInt(89)) + "-" + (1000 + random.nextInt(8999));
            case "ID_NINO" -> "AB" + digits(6) + pick("A B C D");
            case "ID_ID" -> "327301" + two(1, 28) + two(1, 12) + two(50, 99) + "0" + digits(2) + "1";
            case "ID_UK" -> trial("nhs", "### ### ####", "nhs ");
            case "ID_DE" -> trial("de.steuer-id", "## ### ### ###", "");
            case "ID_CH" -> trial("ch.ahv", "756.####.####.##", "");
            case "ID_FR" ->
                trial("fr.nir", (1 + random.nextInt(2)) + " ## 0" + (1 + random.nextInt(9)) + " 75 ### ### ##", "");
            case "ID_ES" -> trial("es.dni", "########@", "");
            case "ID_BR" -> trial("br.cpf", "###.###.###-##", "");
            case "ID_PL" -> trial("pl.pesel", "##0" + (1 + random.nextInt(9)) + two(1, 28) + "#####", "");
            case "ID_IT" -> trial("it.codice-fiscale", "RSS" + chars(UPPER, 3) + "##A" + two(1, 28) + "F###@", "");
            case "ID_SE" -> trial("se.personnummer", "##0" + (1 + random.nextInt(9)) + two(1, 28) + "-####", "");
            case "ID_FI" -> trial("fi.hetu", two(1, 28) + "0" + (1 + random.nextInt(9)) + "##-###@", "");
            case "ID_NO" -> trial("no.fodselsnummer", two(1, 28) + "0" + (1 + random.nextInt(9)) + "#######", "");
            case "ID_CN" ->
                trial("cn.resident", "11010519" + "##0" + (1 + random.nextInt(9)) + two(1, 28) + "####", "");
            case "ID_NL" -> trial("nl.bsn", "1########", "bsn ");
            case "ID_BE" ->
                trial("be.rijksregister", "##.0" + (1 + random.nextInt(9)) + "." + two(1, 28) + "-###.##", "");
            case "ID_TR" -> trial("tr.kimlik", "1##########", "");
            default -> throw new IllegalArgumentException(slot);
        };
    }

    private String trial(String rule, String shape, String before) {
        for (int i = 0; i < 5_000_000; i++) {
            StringBuilder value = new StringBuilder();
            for (char c : shape.toCharArray()) {
                value.append(
                        c == '#' ? DIGITS.charAt(random.nextInt(10)) : c == '@' ? UPPER.charAt(random.nextInt(26)) : c);
            }
            String compact = value.toString().replaceAll("[^0-9A-Z]", "");
            for (IdRule r : IdRules.ALL) {
                if (r.name().endsWith(rule) && r.check().test(compact)) return value.toString();
            }
        }
        throw new AssertionError("no " + rule + " of the shape " + shape);
    }

    private String two(int from, int to) {
        return String.format("%02d", from + random.nextInt(to - from + 1));
    }

    private String fill(String pattern) {
        StringBuilder s = new StringBuilder();
        for (char c : pattern.toCharArray()) s.append(c == '#' ? DIGITS.charAt(random.nextInt(10)) : c);
        return s.toString();
    }

    private static String part(String json) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }

    private String digits(int n) {
        return chars(DIGITS, n);
    }

    private String hex(int n) {
        return chars("0123456789abcdef", n);
    }

    private String chars(String of, int n) {
        StringBuilder s = new StringBuilder(n);
        for (int i = 0; i < n; i++) s.append(of.charAt(random.nextInt(of.length())));
        return s.toString();
    }

    private String pick(String words) {
        return pick(words, " ");
    }

    private String pick(String choices, String separator) {
        List<String> all = List.of(choices.split(separator));
        return all.get(random.nextInt(all.size()));
    }

    private boolean chance(double p) {
        return random.nextDouble() < p;
    }
}
