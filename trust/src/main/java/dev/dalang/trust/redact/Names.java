package dev.dalang.trust.redact;

import java.util.HashSet;
import java.util.Set;

/**
 * Names of people: known given names with what follows them, and whatever stands where only a name can stand, behind a
 * title, a greeting, "my name is", a closing formula. A family name once seen in a full name is found again alone.
 */
final class Names implements Detector {
    private static final int WORDS_MAX = 4;

    private static final Set<String> TITLES =
            Set.of(("mr mrs ms miss mx dr prof sir dame herr herrn frau monsieur madame mme mlle mademoiselle maître "
                            + "señor señora señorita sr sra srta don doña bapak bpk ibu pak bu sdr sdri tuan nyonya doctor doctora "
                            + "professor professeur docteur doktor haji hj")
                    .split(" "));

    private static final Set<String> GREETINGS =
            Set.of(("dear hi hello hey liebe lieber hallo moin servus bonjour salut cher chère hola estimado estimada "
                            + "querido querida halo hai yth kepada thanks danke merci gracias cheers")
                    .split(" "));

    private static final Set<String> PARTICLES = Set.of(
            "von van der den de del della di da dos du la le zu zur bin binti bint al ten ter y mac el".split(" "));

    /** Phrases that a name follows, by their words. */
    private static final String[][] INTRODUCTIONS = {
        {"name", "is"},
        {"name's"},
        {"i", "am"},
        {"i'm"},
        {"this", "is"},
        {"name", "ist"},
        {"heiße"},
        {"heisse"},
        {"heißt"},
        {"ich", "bin"},
        {"m'appelle"},
        {"s'appelle"},
        {"nom", "est"},
        {"je", "suis"},
        {"me", "llamo"},
        {"se", "llama"},
        {"nombre", "es"},
        {"soy"},
        {"nama", "saya"},
        {"bernama"},
        {"saya", "adalah"},
        {"called"},
        {"named"},
        {"namens"},
        {"atas", "nama"},
        {"hier", "ist"},
        {"nombre", "de"},
        {"nom", "de"},
        {"name", "of"},
        {"names", "of"}
    };

    /** Of these, the ones that much else than a name follows as well. */
    private static final Set<String> WEAK =
            Set.of("am", "i'm", "this", "bin", "suis", "soy", "adalah", "called", "named", "ist", "is", "de", "of");

    private static final Set<String> LABELS =
            Set.of(("name names fullname surname customer patient contact attn attention kunde patientin nom prénom "
                            + "nombre apellido apellidos cliente paciente nama pasien pelanggan vorname nachname ansprechpartner "
                            + "von author sender recipient absender empfänger titular titulaire pengirim penerima employee tenant "
                            + "candidate bewerber mieter signed gezeichnet signé firmado")
                    .split(" "));

    /** What people are to others; a name follows without a colon. */
    private static final Set<String> ROLES = Set.of(
            "patient patients patientin client customer employee colleague tenant witness accountant lawyer teacher neighbour neighbor kunde kundin mandant mandantin kollege kollegin mitarbeiter mitarbeiterin mieter mieterin zeuge zeugin nachbar nachbarin freund freundin patiente cliente collègue employé employée locataire témoin voisin voisine ami amie paciente colega empleado empleada inquilino testigo vecino vecina amigo amiga pasien pelanggan rekan karyawan penyewa saksi tetangga teman husband wife brother sister son daughter mann sohn tochter bruder schwester mari fils fille frère sœur hermano hermana hijo hija suami istri anak"
                    .split(" "));

    private static final Set<String> CLOSINGS =
            Set.of(("regards sincerely wishes cheers best truly thanks grüßen grüße gruß lg mfg vg cordialement bises "
                            + "amicalement salutations saludos atentamente abrazo cordial salam hormat kasih faithfully")
                    .split(" "));

    private static final Set<String> PLACES_BEFORE =
            Set.of(("san santa santo saint st sankt são port fort mount lake new north south los las via rue avenue "
                            + "calle plaza jalan jl place boulevard quai avenida paseo")
                    .split(" "));

    private static final Set<String> PLACES_AFTER = Set.of(
            ("street road avenue lane drive university college hospital airport station falls island county city "
                            + "river stadium prize award institute school foundation inc ltd gmbh ag corp bank hotel theorem "
                            + "airlines motors universität platz straße allee version api sdk code")
                    .split(" "));

    @Override
    public void find(Scan text, Sink found) {
        Words words = text.words();
        Set<String> families = new HashSet<>();
        int n = words.count();
        boolean[] taken = new boolean[n];
        for (int w = 0; w < n; w++) {
            if (words.number(w)) continue;
            int last = from(text, words, w);
            if (last < w) continue;
            found.add(Kind.NAME, words.start(w), words.end(last), "name");
            w = take(words, w, last, taken, families);
            for (int next; (next = NameCues.listed(words, w)) > w; ) {
                int first = NameCues.first(words, w);
                found.add(Kind.NAME, words.start(first), words.end(next), "name.listed");
                w = take(words, first, next, taken, families);
            }
        }
        if (families.isEmpty()) return;
        for (int w = 0; w < n; w++) {
            if (!taken[w] && words.capital(w) && families.contains(possessive(words.lower(w)))) {
                found.add(Kind.NAME, words.start(w), words.end(w), "name.again");
            }
        }
    }

    private static int take(Words words, int first, int last, boolean[] taken, Set<String> families) {
        for (int k = first; k <= last; k++) taken[k] = true;
        String family = possessive(words.lower(last));
        boolean alone = Gazetteer.COMMON.contains(family) || Gazetteer.EVERYDAY.contains(family);
        if (last > first && family.length() > 3 && !alone) families.add(family);
        return last;
    }

    private static String possessive(String lower) {
        return lower.endsWith("'s") || lower.endsWith("’s") ? lower.substring(0, lower.length() - 2) : lower;
    }

    /** The last word of the name that begins with word {@code w}, or -1. */
    private static int from(Scan text, Words words, int w) {
        boolean capital = words.capital(w);
        String word = possessive(words.lower(w));
        if (glued(text, words, w)) return -1;
        if (introduced(words, w)) {
            boolean weak = weak(words, w);
            boolean known = Gazetteer.given(word) || Gazetteer.family(word);
            if (known && (capital || !weak && !Gazetteer.AMBIGUOUS.contains(word))) return run(text, words, w, known);
            if (capital && !Gazetteer.COMMON.contains(word)) {
                int last = run(text, words, w, true);
                // "This is" needs two words with capitals before it is taken for a name.
                if (!weak || last > w) return last;
            }
        }
        // Herr von der Heide
        if (!capital && PARTICLES.contains(word) && titled(text, words, w)) {
            int k = w;
            while (k < words.count() - 1 && k - w < 3 && words.adjoins(k) && PARTICLES.contains(words.lower(k))) k++;
            return words.capital(k) ? run(text, words, k, true) : -1;
        }
        if (!capital || Gazetteer.COMMON.contains(word)) return initials(text, words, w);
        if (titled(text, words, w)) return run(text, words, w, true);
        boolean given = Gazetteer.given(word);
        if (labelled(text, words, w) && (given || words.adjoins(w) && words.capital(w + 1) || Gazetteer.family(word))) {
            return run(text, words, w, true);
        }
        if (role(words, w)
                && (given
                        || words.adjoins(w)
                                && words.capital(w + 1)
                                && !Gazetteer.COMMON.contains(words.lower(w + 1)))) {
            return run(text, words, w, true);
        }
        if (greeted(words, w) && (given || Gazetteer.family(word) || alone(text, words, w)))
            return run(text, words, w, true);
        if (closed(text, words, w)) return run(text, words, w, true);
        int cued = NameCues.name(text, words, w);
        if (cued >= 0) return cued;
        if (!given) {
            // Smith, John
            if (Gazetteer.FAMILY.contains(word)
                    && !words.adjoins(w)
                    && words.between(w, ",")
                    && words.capital(w + 1)
                    && Gazetteer.given(words.lower(w + 1))
                    && !Gazetteer.AMBIGUOUS.contains(words.lower(w + 1))) return w + 1;
            return initials(text, words, w);
        }
        return known(text, words, w, word);
    }

    /** A given name that the lists know. */
    private static int known(Scan text, Words words, int w, String word) {
        String before = w > 0 && words.between(w - 1, ".") ? words.lower(w - 1) : "";
        if (PLACES_BEFORE.contains(before)) return -1;
        boolean doubtful = Gazetteer.AMBIGUOUS.contains(word) || words.end(w) - words.start(w) < 3;
        int last = run(text, words, w, false);
        if (last + 1 < words.count() && words.adjoins(last) && PLACES_AFTER.contains(words.lower(last + 1))) return -1;
        if (!doubtful) return last;
        return last > w && Gazetteer.family(possessive(words.lower(last))) ? last : -1;
    }

    /** J. Smith, J. R. R. Smith: initials and a known family name. */
    private static int initials(Scan text, Words words, int w) {
        int k = w;
        while (k < words.count() && k - w < 3 && initial(text, words, k) && words.between(k, ".")) k++;
        if (k == w || k >= words.count() || !words.capital(k)) return -1;
        return Gazetteer.FAMILY.contains(possessive(words.lower(k))) ? k : -1;
    }

    private static boolean initial(Scan text, Words words, int w) {
        return words.end(w) - words.start(w) == 1 && words.capital(w) && text.at(words.end(w)) == '.';
    }

    /**
     * The last word of a run of capitalised words that begins with {@code w}, with initials and particles inside it. Beyond
     * the first, a word is one of a name when {@code sure}, or when it is a name by the lists or no everyday word.
     */
    private static int run(Scan text, Words words, int w, boolean sure) {
        int last = w;
        boolean shouted = words.shouted(w);
        for (int k = w + 1; k < words.count() && k - w < WORDS_MAX; k++) {
            boolean adjoins = words.adjoins(k - 1) || initial(text, words, k - 1) && words.between(k - 1, ".");
            if (!adjoins || words.number(k)) break;
            String word = possessive(words.lower(k));
            if (initial(text, words, k) && words.between(k, ".") && k + 1 < words.count() && words.capital(k + 1))
                continue;
            if (PARTICLES.contains(word)
                    && k + 1 < words.count()
                    && words.adjoins(k)
                    && (words.capital(k + 1) || PARTICLES.contains(words.lower(k + 1)))) continue;
            if (!words.capital(k)
                    || Gazetteer.COMMON.contains(word)
                    || words.shouted(k) != shouted && words.end(k) - words.start(k) > 1) break;
            if (PLACES_AFTER.contains(word)) break;
            boolean name = Gazetteer.family(word) || Gazetteer.given(word);
            if (!name && !sure && noun(words, k)) break;
            last = k;
        }
        return last;
    }

    /** A capitalised word of German that is likelier a noun than a name. */
    private static boolean noun(Words words, int k) {
        String w = words.lower(k);
        return w.endsWith("ung")
                || w.endsWith("heit")
                || w.endsWith("keit")
                || w.endsWith("schaft")
                || w.endsWith("tion")
                || w.endsWith("chen");
    }

    /** Part of an address, a path or a name of code. */
    private static boolean glued(Scan text, Words words, int w) {
        char before = text.at(words.start(w) - 1);
        char after = text.at(words.end(w));
        return before == '@'
                || before == '_'
                || before == '#'
                || before == '/'
                || before == '\\'
                || before == '$'
                || before == '.'
                        && Scan.alnum(text.at(words.start(w) - 2))
                        && words.start(w) > 1
                        && !Scan.upper(text.at(words.start(w) - 2))
                || after == '_'
                || after == '@'
                || after == '('
                || after == '/' && Scan.alnum(text.at(words.end(w) + 1))
                || after == '.' && Scan.letter(text.at(words.end(w) + 1))
                || after == '\\'
                || after == '=';
    }

    private static boolean titled(Scan text, Words words, int w) {
        for (int back = 1; back <= 3 && w - back >= 0; back++) {
            int t = w - back;
            if (!words.between(t, ".")) return false;
            String word = words.lower(t);
            // "m" is a title in French alone, with its dot; academic degrees may stand between title and name.
            if (TITLES.contains(word) || word.equals("m") && words.capital(t) && text.at(words.end(t)) == '.')
                return true;
            if (!word.equals("dr") && !word.equals("prof") && !word.equals("med")) return false;
        }
        return false;
    }

    private static boolean greeted(Words words, int w) {
        return w > 0 && (words.adjoins(w - 1) || words.between(w - 1, ",")) && GREETINGS.contains(words.lower(w - 1));
    }

    /** What follows a greeting as one or two capitalised words and then a comma or the line's end. */
    private static boolean alone(Scan text, Words words, int w) {
        int last = w;
        if (words.adjoins(w) && words.capital(w + 1)) last++;
        if (Gazetteer.COMMON.contains(words.lower(last)) || words.shouted(w)) return false;
        char after = text.at(words.end(last));
        return after == ',' || after == '\n' || after == '\r';
    }

    /** Patient Okafor, Kundin Yilmaz: two words that a capital begins, or one that is known. */
    private static boolean role(Words words, int w) {
        return w > 0 && words.adjoins(w - 1) && ROLES.contains(words.lower(w - 1));
    }

    /** {@code Name: …}, {@code "name": "…"}. */
    private static boolean labelled(Scan text, Words words, int w) {
        if (w == 0 || words.start(w) - words.end(w - 1) > 8 || !LABELS.contains(words.lower(w - 1))) return false;
        boolean colon = false;
        for (int i = words.end(w - 1); i < words.start(w); i++) {
            char c = text.chars[i];
            if (c == ':' || c == '=' || c == '|') colon = true;
            else if (!Scan.space(c) && c != '"' && c != '\'' && c != '*') return false;
        }
        return colon;
    }

    /** On the line after a closing formula. */
    private static boolean closed(Scan text, Words words, int w) {
        if (w == 0 || !CLOSINGS.contains(words.lower(w - 1))) return false;
        int lines = 0;
        for (int i = words.end(w - 1); i < words.start(w); i++) {
            char c = text.chars[i];
            if (c == '\n') lines++;
            else if (!Scan.space(c) && c != ',' && c != '\r' && c != '.' && c != '!' && c != '-') return false;
        }
        return lines >= 1 && lines <= 2;
    }

    private static boolean introduced(Words words, int w) {
        if (w == 0 || !words.between(w - 1, ":")) return false;
        for (String[] phrase : INTRODUCTIONS) if (ends(words, w, phrase)) return true;
        return false;
    }

    private static boolean ends(Words words, int w, String[] phrase) {
        if (w < phrase.length) return false;
        for (int i = 0; i < phrase.length; i++) {
            if (!words.lower(w - phrase.length + i).replace('’', '\'').equals(phrase[i])) return false;
        }
        return true;
    }

    private static boolean weak(Words words, int w) {
        String last = words.lower(w - 1).replace('’', '\'');
        if (!WEAK.contains(last)) return false;
        // "my name is" is no weak phrase, "this is" and "hier ist" are.
        String first = w > 1 ? words.lower(w - 2) : "";
        return last.equals("de")
                || last.equals("of")
                || !first.equals("name") && !first.equals("nombre") && !first.equals("nom");
    }
}
