package dev.dalang.trust.redact;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Street addresses: a word for a street with a name and a house number where each language puts them, and the postcode and
 * town, flat or floor that follow.
 */
final class Addresses implements Detector {

    /** The first and last word of a street. */
    private record Street(int first, int last) {}

    private static final Set<String> ENGLISH = words(
            "street st road rd avenue ave lane ln drive dr boulevard blvd court ct close square sq terrace place pl crescent "
                    + "highway hwy parkway pkwy circle gardens grove row mews wharf quay esplanade promenade alley plaza crossing");

    /** Much else is called so too; a word before, or a comma behind, must say that it is where somebody is. */
    private static final Set<String> ENGLISH_WEAK = words(
            "hill way walk rise view green park ridge ridgeway gate vale croft heights trail loop path common parade");

    private static final Set<String> WHERE =
            words("at to for from in near address on outside live lives living deliver delivered ship");

    private static final Set<String> FRENCH = words(
            "rue avenue av boulevard bd place chemin impasse allée allées quai cours route square passage résidence sente sentier "
                    + "ruelle venelle esplanade faubourg montée promenade rond-point clos hameau lotissement parvis traverse");

    private static final Set<String> SPANISH = words(
            "calle c avenida avda av plaza pza paseo pº camino carretera ronda travesía carrera callejón rambla glorieta "
                    + "pasaje plazuela costanilla urbanización alameda carrer passeig plaça avinguda");

    private static final Set<String> INDONESIAN =
            words("jalan jl jln gang gg komplek perumahan perum dusun kampung kp lorong ruko");

    /** Endings of German streets. */
    private static final String[] GERMAN =
            ("straße strasse str weg platz allee gasse ring damm ufer steig chaussee markt stieg graben hain halde anger kamp twiete hang "
                            + "bogen wall rain steige promenade terrasse siedlung brink deich gässchen")
                    .split(" ");

    /** Words that belong to the name of the street behind them: Untere Mühlgasse. */
    private static final Set<String> WHICH = words(
            "untere oberer obere alte neue große kleine lange kurze hintere vordere innere äußere mittlere hohe breite am an der zur zum im");

    /** Those that also stand apart from the name: Lange Straße. */
    private static final Set<String> APART = words("straße strasse str weg platz allee gasse ring damm ufer markt");

    /** Words that end like a German street and are none, before a number. */
    private static final Set<String> NO_STREETS = words(
            "arbeitsplatz parkplatz sitzplatz umweg rückweg supermarkt arbeitsmarkt flohmarkt aktienmarkt hering heimweg ausweg "
                    + "spielplatz campingplatz speicherplatz stellplatz engineering string during spring bring monitoring "
                    + "clustering steering anhang zusammenhang umhang abhang vorhang überhang fragebogen regenbogen ellenbogen terrain "
                    + "drain brain train firewall paywall schwall wasserfall langer");

    /** Am Wiesengrund 3, An der Alster 12: no word for a street at all, but a place and a number. */
    private static final Set<String> AT = words("am an im auf zum zur unter hinter in");

    private static final Set<String> NO_PLACES = words(
            "kapitel abschnitt absatz artikel schritt fall punkt tag jahr monat quartal raum zimmer seite tabelle abbildung band teil "
                    + "version alter anhang block gate gleis bahnsteig klasse stufe stock kilometer");

    private static final Set<String> SMALL = words(
            "de du des la le les del los las el l d the of y et saint san santa von der den am an im zum zur general dr ir");

    private static final Set<String> FLATS = words(
            "apt apartment suite ste unit flat floor rt rw kel kec kelurahan kecamatan blok piso escalera puerta bât bâtiment appt "
                    + "étage wohnung og hinterhaus");

    private static Set<String> words(String words) {
        return Set.of(words.split(" +"));
    }

    @Override
    public void find(Scan text, Sink found) {
        Words words = text.words();
        for (int w = 0; w < words.count(); w++) {
            if (words.number(w)) continue;
            Street street = street(text, words, w);
            if (street == null) continue;
            int last = town(text, words, street.last);
            found.add(Kind.ADDRESS, words.start(street.first), words.end(last), "address");
            w = Math.max(w, last);
        }
    }

    /** The street whose word for a street is {@code w}, or null. */
    private static @Nullable Street street(Scan text, Words words, int w) {
        String word = words.lower(w);
        if (INDONESIAN.contains(word) && words.capital(w)) {
            int last = named(text, words, w, 4);
            int number = last < 0 ? -1 : houseNumber(text, words, last);
            if (number > 0) return new Street(w, number);
            return last > 0 && (word.equals("jl") || word.equals("jln")) ? new Street(w, last) : null;
        }
        if (FRENCH.contains(word) && w > 0) {
            int number = numberBefore(text, words, w);
            int last = number < 0 ? -1 : named(text, words, w, 6);
            if (last > w) return new Street(number, last);
        }
        if (SPANISH.contains(word)
                && (word.length() > 2 || text.at(words.end(w)) == '/' || text.at(words.end(w)) == '.')) {
            int last = named(text, words, w, 6);
            int number = last < 0 ? -1 : houseNumber(text, words, last);
            if (number > 0) return new Street(w, number);
        }
        if (ENGLISH.contains(word) && words.capital(w)) {
            int first = namedBefore(words, w);
            if (first >= 0) return new Street(first, w);
        }
        if (ENGLISH_WEAK.contains(word) && words.capital(w)) {
            int first = namedBefore(words, w);
            if (first >= 0 && placed(text, words, first, w)) return new Street(first, w);
        }
        if (!words.capital(w)) return null;
        if (word.equals("the")) return thePlace(words, w);
        Street german = german(words, w, word);
        return german == null ? byPostcode(text, words, w) : german;
    }

    private static @Nullable Street german(Words words, int w, String word) {
        if (AT.contains(word)) return place(words, w);
        if (NO_STREETS.contains(word)) return null;
        boolean street = false;
        for (String ending : GERMAN) street |= word.endsWith(ending);
        int number = w + 1;
        if (!street
                || number >= words.count()
                || !words.number(number)
                || !words.between(w, ".")
                || !house(words, number)) {
            return null;
        }
        int first = w;
        boolean apart = APART.contains(word);
        while (apart && first > 0 && w - first < 3 && words.adjoins(first - 1) && words.capital(first - 1)) {
            if (Gazetteer.COMMON.contains(words.lower(first - 1)) && !AT.contains(words.lower(first - 1))) break;
            first--;
        }
        while (!apart
                && first > 0
                && w - first < 2
                && words.adjoins(first - 1)
                && WHICH.contains(words.lower(first - 1))) first--;
        // A bare "Platz 3" is a seat.
        return apart && first == w && !word.equals("straße") ? null : new Street(first, letter(words, number));
    }

    private static @Nullable Street place(Words words, int w) {
        int k = w + 1;
        if (k < words.count()
                && words.adjoins(w)
                && (words.lower(k).equals("der")
                        || words.lower(k).equals("den")
                        || words.lower(k).equals("dem"))) k++;
        if (k + 2 < words.count()
                && words.capital(k)
                && words.adjoins(k)
                && words.capital(k + 1)
                && words.number(k + 2)) k++;
        int number = k + 1;
        if (number >= words.count()
                || !words.adjoins(k - 1)
                || !words.capital(k)
                || !words.adjoins(k)
                || !words.number(number)) return null;
        String name = words.lower(k);
        if (Gazetteer.COMMON.contains(name) || NO_PLACES.contains(name) || words.end(number) - words.start(number) > 3)
            return null;
        return new Street(w, letter(words, number));
    }

    /** Digits of a house: at most four, a letter may stick to them. */
    private static boolean house(Words words, int w) {
        return words.end(w) - words.start(w) <= 5;
    }

    /** 12 a, 221 bis. */
    private static int letter(Words words, int number) {
        int next = number + 1;
        if (next >= words.count() || !words.adjoins(number) || words.capital(next)) return number;
        String word = words.lower(next);
        boolean more = word.equals("bis") || word.equals("ter") || word.equals("bajo");
        return more || word.length() == 1 && "bcdfgh".contains(word) ? next : number;
    }

    /** The last word of the name that follows the word for a street, or -1. */
    private static int named(Scan text, Words words, int w, int max) {
        int last = -1;
        for (int k = w + 1; k < words.count() && k - w <= max; k++) {
            boolean first = k == w + 1;
            boolean adjoins =
                    words.adjoins(k - 1) || first && (words.between(k - 1, ".") || text.at(words.end(w)) == '/');
            // l'Église may be written with a mark that is no part of a word.
            if (!first && !adjoins)
                adjoins = SMALL.contains(words.lower(k - 1)) && words.start(k) - words.end(k - 1) <= 2;
            if (!adjoins) break;
            if (words.number(k)) {
                // rue du 8 Mai 1945
                boolean year = last == k - 1 && k - w > 2 && words.number(k - 2) && words.end(k) - words.start(k) == 4;
                if (!year && (last >= 0 || words.end(k) - words.start(k) > 2)) break;
                last = k;
                continue;
            }
            String word = words.lower(k);
            boolean elided = word.length() > 2
                    && (word.charAt(0) == 'l' || word.charAt(0) == 'd')
                    && (word.charAt(1) == '\'' || word.charAt(1) == '’');
            if (!elided && SMALL.contains(word)) continue;
            boolean ends = !words.capital(k)
                    || word.equals("no")
                    || word.equals("rt")
                    || word.equals("kav")
                    || word.equals("blok");
            if (!elided && ends) break;
            last = k;
        }
        return last;
    }

    /** The house number behind the name, "No." or a comma between: its word, or -1. */
    private static int houseNumber(Scan text, Words words, int last) {
        int k = last + 1;
        if (k >= words.count() || words.start(k) - words.end(last) > 3 || text.at(words.end(last)) == '\n') return -1;
        String word = words.lower(k);
        boolean mark = NUMBER_MARKS.contains(word);
        // Blok C No. 5, Kav. 12
        for (int marks = 0; mark && marks < 3; marks++) {
            k++;
            if (k >= words.count() || words.start(k) - words.end(k - 1) > 3) return -1;
            mark = NUMBER_MARKS.contains(words.lower(k)) || words.end(k) - words.start(k) == 1 && words.capital(k);
        }
        return words.number(k) && house(words, k) ? letter(words, k) : -1;
    }

    private static final Set<String> NUMBER_MARKS = words("no nº n núm nomor kav blok nr km rt rw");

    private static int numberBefore(Scan text, Words words, int w) {
        int k = w - 1;
        if (words.lower(k).equals("bis") || words.lower(k).equals("ter")) k--;
        if (k < 0 || !words.number(k) || !house(words, k) || words.start(w) - words.end(k) > 6) return -1;
        for (int i = words.end(k); i < words.start(w); i++) if (text.chars[i] == '\n') return -1;
        return k;
    }

    /** English: a number, then one to four words with capitals (or 5th), then the word for a street; the number's word or -1. */
    private static int namedBefore(Words words, int w) {
        for (int k = w - 1; k >= 0 && w - k <= 5; k--) {
            if (!words.between(k, ".")) return -1;
            if (words.number(k)) {
                String number = words.lower(k);
                char last = number.charAt(number.length() - 1);
                // 42nd, 5th, 1st
                if (last == 'h' || last == 't' || last == 'd') continue;
                return w - k >= 2 && house(words, k) ? k : -1;
            }
            if (!words.capital(k)) return -1;
        }
        return -1;
    }

    /** How far the address goes on: a flat, a postcode, a town; the last word. */
    private static int town(Scan text, Words words, int from) {
        int last = from;
        for (int k = from + 1; k < words.count() && k - from <= 9; k++) {
            int gap = words.start(k) - words.end(k - 1);
            if (gap > 3 || !mark(text, words.end(k - 1), words.start(k))) break;
            String word = words.lower(k);
            boolean flat = FLATS.contains(word);
            if (words.number(k)) {
                int length = words.end(k) - words.start(k);
                if (floor(text, words, k)) {
                    last = words.adjoins(k) || words.start(k + 1) - words.end(k) <= 2 ? k + 1 : k;
                    k = last;
                    continue;
                }
                if (!FLATS.contains(words.lower(k - 1)) && (length < 4 || length > 5) && !postcodeTail(words, k)) break;
                last = k;
            } else if (flat) {
                last = k;
            } else if (NUMBER_MARKS.contains(word) && k + 1 < words.count() && words.number(k + 1)) {
                last = ++k;
            } else if (!SMALL.contains(word)) {
                if (!words.capital(k) || Gazetteer.COMMON.contains(word)) break;
                if (evidence(words, from, k) || ends(text, words, last, k)) last = k;
            }
        }
        return last;
    }

    /** UK postcodes come in two words: SW1A 2AA. */
    private static boolean postcodeTail(Words words, int k) {
        return words.end(k) - words.start(k) == 3
                && words.adjoins(k - 1)
                && words.end(k - 1) - words.start(k - 1) <= 4
                && words.capital(k - 1);
    }

    /** A word is a town's when a postcode stands near it; without one what follows the street is left alone. */
    private static boolean evidence(Words words, int from, int k) {
        for (int j = Math.max(from + 1, k - 3); j < words.count() && j <= k + 3; j++) {
            int length = words.end(j) - words.start(j);
            if (words.number(j) && (length >= 4 && length <= 5 || postcodeTail(words, j))) return true;
        }
        return false;
    }

    /** 2º A: a floor, and which door of it. */
    private static boolean floor(Scan text, Words words, int k) {
        // The first two are letters to Unicode, and so part of the word.
        char mark = text.at(words.end(k) - 1);
        boolean ordinal = mark == 'º' || mark == 'ª' || text.at(words.end(k)) == '°';
        if (!ordinal || k + 1 >= words.count()) return false;
        String door = words.lower(k + 1);
        return door.length() == 1 && words.capital(k + 1) || door.equals("izq") || door.equals("dcha");
    }

    /** Where somebody is: a word before says so, or a comma follows. */
    private static boolean placed(Scan text, Words words, int first, int last) {
        if (first > 0 && words.between(first - 1, ":") && WHERE.contains(words.lower(first - 1))) return true;
        return text.at(words.end(last)) == ',' && last + 1 < words.count() && words.capital(last + 1);
    }

    /** A town behind a comma, with which the line or the sentence ends. */
    private static boolean ends(Scan text, Words words, int last, int k) {
        if (k != last + 1 || text.at(words.end(last)) != ',' || words.number(k)) return false;
        char after = text.at(words.end(k));
        boolean end = after == 0 || after == '\n' || after == ',' || after == ';';
        return end || after == '.' && !Scan.alnum(text.at(words.end(k) + 1));
    }

    /** Obere Weinsteige 9, 70597 Stuttgart: whatever the street is called, a postcode and a town follow. */
    private static @Nullable Street byPostcode(Scan text, Words words, int w) {
        int number = w + 1;
        int code = number + 1;
        if (code + 1 >= words.count() || !words.adjoins(w) || !words.number(number) || !house(words, number))
            return null;
        int length = words.end(code) - words.start(code);
        boolean postcode = words.number(code)
                && length == 5
                && text.at(words.end(number)) == ','
                && words.between(number, ",")
                && words.adjoins(code)
                && words.capital(code + 1);
        if (!postcode || Gazetteer.COMMON.contains(words.lower(w))) return null;
        int first = w;
        while (first > 0 && w - first < 2 && words.adjoins(first - 1) && WHICH.contains(words.lower(first - 1)))
            first--;
        return new Street(first, number);
    }

    /** 4 The Paddocks: English houses in a place that begins with The. */
    private static @Nullable Street thePlace(Words words, int w) {
        boolean fits = w > 1
                && w + 1 < words.count()
                && words.adjoins(w - 1)
                && words.number(w - 1)
                && house(words, w - 1)
                && words.adjoins(w)
                && words.capital(w + 1)
                && words.adjoins(w - 2)
                && WHERE.contains(words.lower(w - 2));
        return fits ? new Street(w - 1, w + 1) : null;
    }

    private static boolean mark(Scan text, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!Scan.space(text.chars[i]) && ",-/\n.ºª".indexOf(text.chars[i]) < 0) return false;
        }
        return true;
    }
}
