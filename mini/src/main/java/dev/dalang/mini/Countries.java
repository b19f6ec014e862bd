package dev.dalang.mini;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The countries of the world: names, capitals, currencies and languages in few words from the resource
 * {@code countries.txt}, numbers and neighbours out of the factbook.
 *
 * <p>The factbook is a folder of folders with a JSON file for each country, named by its GEC code
 * (github.com/factbook/factbook.json, CC0). What a file does not say in the form that is known here stays unknown.
 */
final class Countries {

    private static final Pattern NUMBER = Pattern.compile("([0-9][0-9,]*(?:\\.[0-9]+)?)( million)?");
    private static final Pattern SUMMIT =
            Pattern.compile("(\\p{Lu}[\\p{L}'./ -]+?)(?: \\([^)]*\\))?,? ([0-9]{1,2},[0-9]{3}|[0-9]{1,3})(?: m\\b.*)?");
    private static final Pattern DOMAIN = Pattern.compile("\\.[a-z]{2}");
    private static final Pattern ADJECTIVE = Pattern.compile("\\p{Lu}[\\p{L}-]+(?: \\p{Lu}[\\p{L}-]+)?");
    private static final int COLUMNS = 7;

    private final List<Country> all;

    private Countries(List<Country> all) {
        this.all = List.copyOf(all);
    }

    List<Country> all() {
        return all;
    }

    /** @throws DalangException if the folder is no factbook, or a country has no file in it */
    static Countries read(Path factbook) {
        return of(PhraseBook.text("countries.txt"), files(factbook), factbook);
    }

    /** @param table in the form of {@code countries.txt} */
    static Countries of(String table, Map<String, Path> files, Path factbook) {
        List<String[]> rows = new ArrayList<>();
        for (String line : table.split("\n")) {
            if (line.isBlank() || line.startsWith("#")) continue;
            String[] cells = Arrays.stream(line.split("\\|")).map(String::strip).toArray(String[]::new);
            if (cells.length < COLUMNS) throw new IllegalStateException("too few columns: " + line);
            rows.add(cells);
        }
        Map<String, String> names = names(rows);
        List<Country> all = new ArrayList<>();
        for (String[] row : rows) {
            Path file = files.get(row[0]);
            if (file == null) {
                throw DalangException.invalidRequest(factbook + " has no file " + row[0] + ".json", "factbook");
            }
            all.add(country(row, JsonTree.read(file), names));
        }
        return new Countries(all);
    }

    /** The files of a factbook by their codes. */
    static Map<String, Path> files(Path factbook) {
        try (Stream<Path> paths = Files.walk(factbook, 2)) {
            Map<String, Path> files = new LinkedHashMap<>();
            paths.filter(p -> p.toString().endsWith(".json")).sorted().forEach(p -> {
                String name = String.valueOf(p.getFileName());
                files.put(name.substring(0, name.length() - ".json".length()), p);
            });
            return files;
        } catch (IOException e) {
            throw new DalangException(
                    new Failure.Storage(factbook + " cannot be read: " + e.getMessage(), factbook.toString()), e);
        }
    }

    private static Country country(String[] row, @Nullable Object entry, Map<String, String> names) {
        String note = cell(row, 8);
        String highest = text(entry, "Geography", "Elevation", "highest point");
        String summitText = highest == null ? "" : highest;
        Matcher summit = SUMMIT.matcher(summitText);
        boolean known = summit.matches() && !summitText.contains("unnamed");
        return new Country(
                row[0],
                text(entry, "Government", "Dependency status") != null,
                row[1],
                row[2],
                cell(row, 3),
                cell(row, 4),
                note,
                row[5],
                List.of(row[6].split(", ")),
                cell(row, 7) == null ? List.of() : List.of(row[7].split("; ")),
                number(text(entry, "People and Society", "Population", "total"), 0),
                number(text(entry, "Geography", "Area", "total "), 0),
                number(text(entry, "Geography", "Coastline"), -1),
                first(DOMAIN, text(entry, "Communications", "Internet country code")),
                known ? summit.group(1).strip() : null,
                known ? Long.parseLong(summit.group(2).replace(",", "")) : 0,
                adjective(text(entry, "People and Society", "Nationality", "adjective")),
                neighbours(entry, names));
    }

    private static @Nullable String cell(String[] row, int column) {
        return column < row.length && !row[column].isEmpty() ? row[column] : null;
    }

    private static @Nullable String text(@Nullable Object entry, String... path) {
        return JsonTree.at(JsonTree.at(entry, path), "text") instanceof String s ? s : null;
    }

    private static long number(@Nullable String text, long unknown) {
        if (text == null) return unknown;
        Matcher m = NUMBER.matcher(text);
        if (!m.find()) return unknown;
        double value = Double.parseDouble(m.group(1).replace(",", ""));
        return Math.round(m.group(2) == null ? value : value * 1e6);
    }

    private static @Nullable String first(Pattern pattern, @Nullable String text) {
        if (text == null) return null;
        Matcher m = pattern.matcher(text);
        return m.find() ? m.group() : null;
    }

    /** One word for the people, where the factbook has one that needs no explanation. */
    private static @Nullable String adjective(@Nullable String text) {
        if (text == null) return null;
        String word = text.split("[;,(]| or |/")[0].strip();
        return ADJECTIVE.matcher(word).matches() && !text.contains("singular") && !text.contains("note") ? word : null;
    }

    private static @Nullable List<String> neighbours(@Nullable Object entry, Map<String, String> names) {
        Object boundaries = JsonTree.at(entry, "Geography", "Land boundaries");
        if (!(JsonTree.at(boundaries, "border countries", "text") instanceof String text)) {
            long total = number(JsonTree.at(boundaries, "total", "text") instanceof String t ? t : null, -1);
            return total == 0 ? List.of() : null;
        }
        // "Algeria 951 km; Mali 838 km (of which …), Senegal 489 km"
        List<String> found = new ArrayList<>();
        Matcher border =
                Pattern.compile("([\\p{L}][^0-9;]*?) [0-9][0-9,.]* ?km").matcher(text);
        while (border.find()) {
            String called = border.group(1)
                    .replaceFirst("^(?:and |[,; ])+", "")
                    .replaceAll(" *\\(.*", "")
                    .strip();
            String name = names.get(called.startsWith("the ") ? called.substring(4) : called);
            if (name != null && !found.contains(name)) found.add(name);
        }
        return found.isEmpty() ? null : List.copyOf(found);
    }

    /** From every spelling of a name, without its article, to the name. */
    private static Map<String, String> names(List<String[]> rows) {
        Map<String, String> names = new LinkedHashMap<>();
        for (String[] row : rows) {
            List<String> spellings = new ArrayList<>(List.of(row[1]));
            if (cell(row, 7) != null) spellings.addAll(List.of(row[7].split("; ")));
            for (String s : spellings) {
                names.put(s.replaceFirst("^[Tt]he ", ""), row[1]);
                names.put(Text.plain(s).replaceFirst("^[Tt]he ", ""), row[1]);
            }
        }
        names.put("The Gambia", "the Gambia");
        names.put("Holy See", "Vatican City");
        return names;
    }
}
