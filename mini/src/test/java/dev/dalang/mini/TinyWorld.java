package dev.dalang.mini;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A factbook of a few countries and a few words, written here: what the generator can run on without the corpora. */
final class TinyWorld {

    static final String TABLE = """
            # a comment
            ke | Kenya | Africa | | Nairobi | Kenyan shilling | English, Swahili
            ug | Uganda | Africa | | Kampala | Ugandan shilling | English, Swahili
            tz | Tanzania | Africa | | Dodoma | Tanzanian shilling | Swahili, English
            ga | the Gambia | Africa | | Banjul | dalasi | English | Gambia
            sf | South Africa | Africa | | Pretoria | rand | Zulu, English | | South Africa has three capitals: Pretoria, Cape Town and Bloemfontein.
            it | Italy | Europe | | Rome | euro | Italian
            fr | France | Europe | | Paris | euro | French
            vt | Vatican City | Europe | | Vatican City | euro | Italian, Latin | the Vatican; the Holy See | Vatican City is a city state.
            rs | Russia | Europe and Asia | | Moscow | Russian ruble | Russian
            cu | Cuba | North America | the Caribbean | Havana | Cuban peso | Spanish
            nl | the Netherlands | Europe | | Amsterdam | euro | Dutch | Netherlands; Holland
            pa | Paraguay | South America | | Asunción | guaraní | Spanish, Guaraní
            fj | Fiji | Oceania | | Suva | Fijian dollar | English, Fijian
            ja | Japan | Asia | | Tokyo | yen | Japanese
            gl | Greenland | North America | | Nuuk | Danish krone | Greenlandic
            """;

    private static final String[][] ENTRIES = {
        {
            "ke",
            "55,751,717 (2025 est.)",
            "580,367 sq km",
            "536 km",
            ".ke",
            "Mount Kenya 5,199 m",
            "Kenyan",
            "Tanzania 775 km; Uganda 814 km"
        },
        {
            "ug",
            "50,863,850 (2025 est.)",
            "241,038 sq km",
            "0 km (landlocked)",
            ".ug",
            "Margherita Peak on Mount Stanley 5,110 m",
            "Ugandan",
            "Kenya 814 km; Tanzania 391 km"
        },
        {
            "tz",
            "69,145,464 (2025 est.)",
            "947,300 sq km",
            "1,424 km",
            ".tz",
            "Kilimanjaro (highest point in Africa) 5,895 m",
            "Tanzanian",
            "Kenya 775 km; Uganda 391 km (of which 20 km is in a lake)"
        },
        {
            "ga",
            "2,523,327 (2024 est.)",
            "11,300 sq km",
            "80 km",
            ".gm",
            "unnamed elevation 63 m; 3 km southeast of the town",
            "Gambian",
            null
        },
        {
            "sf",
            "61,089,926 (2025 est.)",
            "1,219,090 sq km",
            "2,798 km",
            ".za",
            "Ntheledi (Mafadi) 3,450 m",
            "South African",
            null
        },
        {
            "it",
            "60,924,851 (2025 est.)",
            "301,340 sq km",
            "7,600 km",
            ".it",
            "Mont Blanc 4,748 m",
            "Italian",
            "France 476 km; Holy See (Vatican City) 3.4 km"
        },
        {
            "fr",
            "68,512,806 (2025 est.)",
            "643,801 sq km ; 551,500 sq km (metropolitan France)",
            "4,853 km",
            "metropolitan France - .fr; Reunion - .re",
            "Mont Blanc 4,810",
            "French",
            "Italy 476 km, Monaco 6 km"
        },
        {
            "vt",
            "1,000 (2022 est.)",
            "0 sq km",
            "0 km (landlocked)",
            ".va",
            "Vatican Gardens 78 m",
            "none",
            "Italy 3.4 km"
        },
        {
            "rs",
            "140,134,279 (2025 est.)",
            "17.1 million sq km",
            "37,653 km",
            ".ru",
            "Gora El'brus 5,642 m",
            "Russian",
            null
        },
        {
            "cu",
            "10,059,519 (2025 est.)",
            "110,860 sq km",
            "3,735 km",
            ".cu",
            "Pico Turquino 1,974 m",
            "Cuban",
            "US Naval Base at Guantanamo Bay 28.5 km"
        },
        {"nl", "17,772,378 (2025 est.)", "41,543 sq km", "451 km", ".nl", "Mount Scenery 862 m", "Dutch", null},
        {
            "pa",
            "7,604,044 (2025 est.)",
            "406,752 sq km",
            "0 km (landlocked)",
            ".py",
            "Cerro Pero 842 m",
            "Paraguayan",
            null
        },
        {"fj", "951,611 (2024 est.)", "18,274 sq km", "1,129 km", ".fj", "Tomanivi 1,324 m", "Fijian", "TOTAL 0"},
        {
            "ja",
            "123,201,945 (2024 est.)",
            "377,915 sq km",
            "29,751 km",
            ".jp",
            "Mount Fuji 3,776 m",
            "Japanese",
            "TOTAL 0"
        },
        {
            "gl",
            "57,751 (2024 est.)",
            "2,166,086 sq km",
            "44,087 km",
            ".gl",
            "Gunnbjorn Fjeld 3,694 m",
            "Greenlandic",
            null
        },
    };

    private TinyWorld() {}

    static Countries countries(Path folder) throws IOException {
        Path africa = Files.createDirectories(folder.resolve("africa"));
        for (String[] e : ENTRIES) {
            String borders = e[7] == null
                    ? ""
                    : e[7].equals("TOTAL 0")
                            ? ", \"Land boundaries\": {\"total\": {\"text\": \"0 km\"}}"
                            : ", \"Land boundaries\": {\"border countries\": {\"text\": \"" + e[7] + "\"}}";
            String status = e[0].equals("gl") ? "\"Dependency status\": {\"text\": \"part of Denmark\"}" : "";
            Files.writeString(
                    africa.resolve(e[0] + ".json"), """
                    {"Geography": {"Area": {"total ": {"text": "%s"}}, "Coastline": {"text": "%s"},
                      "Elevation": {"highest point": {"text": "%s"}}%s},
                     "People and Society": {"Population": {"total": {"text": "%s"}},
                      "Nationality": {"adjective": {"text": "%s"}}},
                     "Communications": {"Internet country code": {"text": "%s"}}, "Government": {%s}}
                    """.formatted(e[2], e[3], e[5], borders, e[1], e[6], e[4], status));
        }
        return Countries.of(TABLE, Countries.files(folder), folder);
    }

    static WordLists words() {
        Map<String, List<String>> lists = new LinkedHashMap<>();
        for (String kind : List.of(
                "noun",
                "adj",
                "verb",
                "animal",
                "object",
                "food",
                "town",
                "state",
                "planet",
                "minor",
                "river",
                "sea",
                "disease",
                "symptom",
                "sport",
                "work",
                "subject",
                "proglang",
                "element",
                "god",
                "instrument",
                "genre",
                "occupation",
                "plant",
                "tech",
                "game",
                "proverb",
                "dinner",
                "toy")) {
            lists.put(kind, List.of("ob" + kind, "the" + kind + "o", "un" + kind));
        }
        lists.put("first", List.of("Ada", "Bob", "Otto"));
        lists.put("last", List.of("Miller", "Stone"));
        lists.put("person", List.of("Ada Miller"));
        lists.put("name", List.of("Ada", "Bob", "Otto"));
        return WordLists.of(lists);
    }
}
