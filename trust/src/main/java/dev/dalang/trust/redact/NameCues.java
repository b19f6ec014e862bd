package dev.dalang.trust.redact;

import java.util.Arrays;
import java.util.Set;

/**
 * What stands around a name that no list knows: who is asked to do something, who says or wrote something, whose sister it
 * is, whose payslip. Each looks at a few words on either side.
 */
final class NameCues {

    private static final int RUN_MAX = 3;

    /** What people do, right behind their name. */
    private static final Set<String> DOES = words(
            "replied said wrote told asked called emailed phoned texted signed agreed answered"
                    + " thinks says wants lives works married resigned apologised apologized complained insisted mentioned confirmed forgot"
                    + " schrieb sagte fragte antwortete meinte wohnt arbeitet unterschrieb bat erzählte bestätigte vergaß"
                    + " écrit dit pense veut habite travaille signa répondit demanda raconte"
                    + " respondió dijo escribió llamó firmó preguntó pidió vive trabaja contestó contó confirmó olvidó"
                    + " membalas menulis mengatakan bertanya menelepon tinggal bekerja meminta menjawab berkata mengirim mengaku bercerita sakit");

    /** French says what somebody did in two words: a répondu. */
    private static final Set<String> DONE =
            words("répondu écrit dit demandé appelé signé téléphoné envoyé confirmé oublié raconté");

    /** Whom a request names: ask, let, remind. */
    private static final Set<String> ASKS = words("ask tell let remind invite thank congratulate"
            + " frag frage laissons demande demandez dites préviens prévenez remercie remerciez appelle appelez"
            + " pregúntale dile avisa llama agradece biar biarkan tanya tanyakan hubungi beritahu ajak temui");

    /** The same of two words. */
    private static final Set<String> ASKS_TWO =
            words("let's+have lassen+wir fragen+sie bitten+wir rufen+sie pregunta+a avisa+a dile+a"
                    + " llama+a demande+à demandez+à dis+à dites+à grüße+an minta+tolong tolong+minta");

    /** Whose relative, friend or landlord somebody is. */
    private static final Set<String> KIN = words(
            "landlord landlady boss aunt uncle cousin niece nephew grandmother grandfather mother father mum mom dad"
                    + " wife husband partner girlfriend boyfriend fiancé fiancée roommate flatmate babysitter brother sister son daughter friend"
                    + " neighbour neighbor colleague vermieter vermieterin chef chefin tante onkel oma opa mutter vater cousine nichte neffe"
                    + " verlobte verlobter mitbewohner mitbewohnerin schwester bruder sohn tochter mann frau freund freundin nachbar nachbarin"
                    + " kollege kollegin schwager schwägerin propriétaire oncle mère père grand-mère grand-père sœur frère fils fille mari femme"
                    + " compagne compagnon copain copine voisin voisine ami amie collègue belle-sœur beau-frère casero casera jefe jefa tía tío primo"
                    + " prima madre padre abuela abuelo hermano hermana hijo hija marido esposa esposo novio novia cuñada cuñado suegra suegro vecino"
                    + " vecina amigo amiga compañero compañera colega adik kakak paman bibi sepupu nenek kakek pacar tunangan bos atasan suami istri"
                    + " anak teman tetangga rekan keponakan mertua ipar driver plumber cleaner gardener teacher trainer coach lawyer accountant"
                    + " solicitor consultant therapist electrician handyman nurse doctor dentist fahrer fahrerin klempner gärtner lehrer lehrerin"
                    + " anwalt anwältin steuerberater steuerberaterin berater beraterin elektriker hausarzt zahnarzt plombier chauffeur jardinier"
                    + " professeur avocat avocate comptable médecin fontanero conductor jardinero profesor profesora abogado abogada asesor asesora"
                    + " médico sopir guru pengacara dokter");

    private static final Set<String> MINE =
            words("my our his her their your mein meine meinem meiner meinen unser unsere unserem unserer"
                    + " seine seinem seiner ihre ihrem ihrer mon ma notre son sa leur mi nuestro nuestra su");

    /** In Indonesian whose it is comes behind: adik saya Rahel. */
    private static final Set<String> MINE_BEHIND = words("saya kami kita aku dia mereka rumah kantor");

    private static final Set<String> PAPERS = words(
            "payslip paycheck payroll contract passport visa prescription certificate resume cv reservation booking"
                    + " ticket invoice statement w-2 p60 referral diagnosis lohnsteuerbescheinigung gehaltsabrechnung vertrag rechnung rezept"
                    + " attest zeugnis ausweis bescheid akte reisepass mietvertrag kündigung überweisung paie fiche contrat facture passeport"
                    + " ordonnance attestation certificat dossier réservation nómina contrato factura pasaporte receta certificado expediente reserva"
                    + " historial ficha recibo gaji kontrak faktur paspor resep akta berkas tagihan tiket ktp rapor ijazah");

    private static final Set<String> OF = words("for of from to für von an pour de à para a untuk milik");

    /** Places, offices and things that stand where a person could. */
    private static final Set<String> NOBODY =
            words("support marketing finance sales legal engineering accounting security operations research"
                    + " product design congress parliament reuters berlin london paris madrid jakarta wien zürich münchen hamburg lyon sevilla bandung"
                    + " surabaya europe america asia germany france spain indonesia england scotland ireland wales china japan india home work"
                    + " windows linux siri alexa cortana chatgpt gpt claude gemini copilot mistral openai anthropic everybody somebody nobody anyone"
                    + " god santa gott dieu dios allah tuhan abteilung service services clients cliente clientes customer success team layanan"
                    + " pelanggan tribunal mahkamah kementerian ministerio ministère ministry minister gericht bundesministerium amt kanzlei banco"
                    + " banque bank consejo conseil comité komisi dinas dewan universitas supremo hacienda agency department office court council"
                    + " commission union association federation institute group company staff konstitusi keuangan soziales direction académie"
                    + " atención dirección gobierno gouvernement regierung pemerintah bagian direktorat redaktion verwaltung vorstand polizei"
                    + " police policía polisi press presse prensa kosta rika");

    /** Behind these stands a thing, or a person who needs no name. */
    private static final Set<String> THE =
            words("the a an this that der die das den dem des ein eine einen einem einer le la les un une des"
                    + " du au aux el los las una unos unas al del para für und and et y e dan of von de");

    /** Talked with whom. */
    private static final Set<String> TALKED = words(
            "spoke spoken speak talk talked met meet meeting lunch parlé parler rencontré déjeuné hablé hablar"
                    + " hablado quedé comí bicara berbicara bertemu rapat gesprochen sprach sprechen telefoniert getroffen treffen");

    private static final Set<String> WITH = words("with mit avec con dengan");

    /** Sent on to whom. */
    private static final Set<String> PASSED = words(
            "forward forwarded send sent pass passed give gave hand transmettre transmettez transmis envoyer envoyez"
                    + " donner donnez reenviar reenvíe reenviarlo enviar envíe dar teruskan kirim berikan serahkan leiten leite schicken schicke geben gib");

    private static final Set<String> TO = words("to an à a ke kepada");

    /** How people are. */
    private static final Set<String> IS = words("is ist est está");

    private static final Set<String> UNWELL = words(
            "sick ill off away late pregnant krank schwanger beurlaubt malade absent absente enceinte enfermo enferma"
                    + " embarazada retired");

    /** What a list of people begins with. */
    private static final Set<String> ROLL =
            words("present attendees participants anwesend teilnehmer présents presentes asistentes hadir peserta"
                    + " absent abwesend entschuldigt excusés ausentes");

    private static final Set<String> PARTICLES =
            words("von van der den de del della di da dos du la le zu bin binti al ten ter");

    private NameCues() {}

    private static Set<String> words(String words) {
        return Set.copyOf(Arrays.asList(words.split(" +")));
    }

    /** The last word of the name that begins at {@code w}, a word with a capital, by what stands around it; or -1. */
    static int name(Scan text, Words words, int w) {
        if (!possible(words, w)) return -1;
        int last = run(words, w);
        if (whose(words, w) || asked(words, w) || roll(text, words, w)) return last;
        boolean bare = !behindThe(words, w);
        if (bare && does(words, last)) return last;
        if (talked(words, w, last) || passed(words, w)) return last;
        if ((last > w || Gazetteer.given(words.lower(w))) && paper(words, w)) return last;
        if (last > w && bare && family(words, last)) return last;
        return writes(text, words, last) ? last : -1;
    }

    /** The name that goes on a list behind another: two words with capitals after a comma or an "and". */
    static int listed(Words words, int before) {
        int w = first(words, before);
        if (w < 0 || !possible(words, w)) return -1;
        int last = run(words, w);
        return last > w ? last : -1;
    }

    /** Where the next on a list would begin, behind a comma or an "and"; or -1. */
    static int first(Words words, int before) {
        int w = before + 1;
        boolean and =
                w < words.count() && AND.contains(words.lower(w)) && words.between(before, ",") && words.adjoins(w);
        if (and) return w + 1;
        return w < words.count() && words.between(before, ",") && !words.adjoins(before) ? w : -1;
    }

    private static boolean behindThe(Words words, int w) {
        return w > 0 && words.adjoins(w - 1) && THE.contains(words.lower(w - 1));
    }

    /** Present were Tom Akers, ... */
    private static boolean roll(Scan text, Words words, int w) {
        for (int back = 1; back <= 2 && w - back >= 0; back++) {
            int k = w - back;
            if (words.start(k + 1) - words.end(k) > 3) return false;
            if (ROLL.contains(words.lower(k))) {
                boolean colon =
                        text.string.substring(words.end(k), words.start(w)).indexOf(':') >= 0;
                return (colon || back == 2) && run(words, w) > w;
            }
        }
        return false;
    }

    /** Spoke with Ngozi Zhou; mit Gülistan Erdemir gesprochen. */
    private static boolean talked(Words words, int w, int last) {
        if (w == 0 || !words.adjoins(w - 1) || !WITH.contains(words.lower(w - 1))) return false;
        for (int k = Math.max(0, w - 7); k < w - 1; k++) if (TALKED.contains(words.lower(k))) return true;
        for (int k = last + 1; k < Math.min(words.count(), last + 8); k++)
            if (TALKED.contains(words.lower(k))) return true;
        return false;
    }

    private static boolean passed(Words words, int w) {
        if (w == 0 || !words.adjoins(w - 1) || !TO.contains(words.lower(w - 1))) return false;
        for (int k = Math.max(0, w - 6); k < w - 1; k++) if (PASSED.contains(words.lower(k))) return true;
        return false;
    }

    private static final Set<String> AND = words("and und et y e dan & sowie ainsi");

    private static boolean possible(Words words, int w) {
        String word = words.lower(w);
        return words.capital(w)
                && word.length() > 1
                && !words.shouted(w)
                && !NOBODY.contains(word)
                && !Gazetteer.COMMON.contains(word);
    }

    private static int run(Words words, int w) {
        int last = w;
        for (int k = w + 1; k < words.count() && k - w <= RUN_MAX && words.adjoins(k - 1); k++) {
            if (possible(words, k)) last = k;
            else if (!PARTICLES.contains(words.lower(k))) break;
        }
        return last;
    }

    /** My sister Parveen, adik saya Rahel. */
    private static boolean whose(Words words, int w) {
        if (w < 2 || !words.adjoins(w - 1) || !words.adjoins(w - 2)) return false;
        String one = words.lower(w - 1);
        String two = words.lower(w - 2);
        if (two.equals("tukang")) return true;
        return KIN.contains(one) && MINE.contains(two)
                || MINE_BEHIND.contains(one) && (KIN.contains(two) || two.equals("pemilik"));
    }

    private static boolean asked(Words words, int w) {
        if (w == 0 || !words.adjoins(w - 1)) return false;
        String one = words.lower(w - 1).replace('’', '\'');
        if (ASKS.contains(one)) return true;
        return w > 1
                && words.adjoins(w - 2)
                && ASKS_TWO.contains(words.lower(w - 2).replace('’', '\'') + "+" + one);
    }

    private static boolean does(Words words, int last) {
        int next = last + 1;
        if (next >= words.count() || !words.adjoins(last)) return false;
        String verb = words.lower(next);
        if (words.capital(next)) return false;
        if (DOES.contains(verb)) return true;
        if (IS.contains(verb) && words.adjoins(next) && UNWELL.contains(words.lower(next + 1))) return true;
        if (verb.equals("a") && words.adjoins(next) && DONE.contains(words.lower(next + 1))) return true;
        String name = words.lower(last);
        // Fergal's daughter
        return (name.endsWith("'s") || name.endsWith("’s")) && KIN.contains(verb);
    }

    /** W-2 for Ngozi Zhou, nómina de Iker Pujol, slip gaji Nia Pohan. */
    private static boolean paper(Words words, int w) {
        if (w == 0 || !words.adjoins(w - 1)) return false;
        String one = words.lower(w - 1);
        if (PAPERS.contains(one)) return true;
        return w > 1 && OF.contains(one) && words.adjoins(w - 2) && PAPERS.contains(words.lower(w - 2));
    }

    /** A family name that is nothing else. */
    private static boolean family(Words words, int w) {
        String word = words.lower(w);
        if (word.endsWith("'s") || word.endsWith("’s")) word = word.substring(0, word.length() - 2);
        return Gazetteer.family(word) && !Gazetteer.EVERYDAY.contains(word) && !Gazetteer.AMBIGUOUS.contains(word);
    }

    /** Name <name@example.com> */
    private static boolean writes(Scan text, Words words, int last) {
        int i = words.end(last);
        while (Scan.space(text.at(i))) i++;
        char open = text.at(i);
        if (open != '<' && open != '(') return false;
        char close = open == '<' ? '>' : ')';
        for (int k = i + 1; k < Math.min(text.length, i + 80); k++) {
            char c = text.chars[k];
            if (c == '@') return k > i + 1;
            if (c == close || Scan.space(c) || c == '\n') return false;
        }
        return false;
    }
}
