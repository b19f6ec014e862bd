package dev.dalang.train.recipe;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** From TOML (toml.io, version 1.0) to {@link RecipeTable}s, with what was set on the command line in place. */
final class RecipeText {

    private static final long MAX_BYTES = 1 << 20;

    private RecipeText() {}

    /**
     * @param overrides {@code section.key=value}, the value as TOML writes it; a text need not be quoted
     * @throws DalangException (storage) if the file cannot be read, (invalid request) with the line of what is no TOML
     */
    static RecipeTable read(Path file, List<String> overrides) {
        String name = String.valueOf(file.getFileName());
        RecipeTable root = table(parse(name, text(file)), "", name);
        for (String override : overrides) set(root, override);
        return root;
    }

    static String text(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw DalangException.invalidRequest(file + " has over " + MAX_BYTES + " bytes and is no recipe", null);
            }
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw storage(file, "no such file", e);
        } catch (CharacterCodingException e) {
            throw storage(file, "is not UTF-8 text", e);
        } catch (IOException e) {
            throw storage(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    private static DalangException storage(Path file, String problem, IOException cause) {
        return new DalangException(new Failure.Storage(file + ": " + problem, file.toString()), cause);
    }

    private static TomlTable parse(String name, String text) {
        TomlParseResult result = Toml.parse(text);
        if (!result.hasErrors()) return result;
        TomlParseError first = result.errors().getFirst();
        throw DalangException.invalidRequest(
                name + " line " + first.position().line() + ": is not TOML: " + first.getMessage(), null);
    }

    private static RecipeTable table(TomlTable toml, String path, String name) {
        RecipeTable table = new RecipeTable(path, name);
        for (String key : toml.keySet()) {
            Object value = toml.get(List.of(key));
            String where = where(toml.inputPositionOf(List.of(key)), name);
            if (value != null) table.put(key, entry(value, table.path(key), where, name));
        }
        return table;
    }

    private static RecipeTable.Entry entry(Object value, String path, String where, String name) {
        return switch (value) {
            case TomlTable t -> {
                RecipeTable table = new RecipeTable(path, where);
                table(t, path, name).entries().forEach(table::put);
                yield new RecipeTable.Entry(table, where);
            }
            case TomlArray a -> {
                List<RecipeTable.Entry> items = new ArrayList<>();
                for (int i = 0; i < a.size(); i++) {
                    items.add(entry(a.get(i), path, where(a.inputPositionOf(i), name), name));
                }
                yield new RecipeTable.Entry(items, where);
            }
            default -> new RecipeTable.Entry(value, where);
        };
    }

    private static String where(@Nullable TomlPosition position, String name) {
        return position == null ? name : name + " line " + position.line();
    }

    private static void set(RecipeTable root, String override) {
        int equals = override.indexOf('=');
        String dotted = equals < 0 ? override : override.substring(0, equals).strip();
        String where = "--set " + dotted;
        if (equals < 1 || dotted.isEmpty()) {
            throw DalangException.invalidRequest("--set takes section.key=value, unlike \"" + override + "\"", "set");
        }
        List<String> path = List.of(dotted.split("\\.", -1));
        RecipeTable table = root;
        int last = path.size() - 1;
        for (int i = 0; i < last; i++) {
            RecipeTable.Entry entry = table.entry(path.get(i));
            if (entry != null && entry.value() instanceof List<?> several) {
                if (i + 1 == last) throw RecipeTable.error(where, dotted, "names none of several tables");
                table = named(several, path.get(++i), dotted, where);
            } else {
                table = below(table, path.get(i), entry, where);
            }
        }
        String key = path.get(last);
        table.put(key, value(override.substring(equals + 1), table.path(key), where));
    }

    private static RecipeTable below(RecipeTable table, String key, RecipeTable.@Nullable Entry entry, String where) {
        if (entry == null) {
            RecipeTable made = new RecipeTable(table.path(key), where);
            table.put(key, new RecipeTable.Entry(made, where));
            return made;
        }
        if (entry.value() instanceof RecipeTable below) return below;
        throw RecipeTable.error(where, table.path(key), "is a value, not a section");
    }

    /** One of an array of tables, by its key {@code name}: {@code data.source.books.weight}. */
    private static RecipeTable named(List<?> several, String name, String dotted, String where) {
        for (Object item : several) {
            if (!(item instanceof RecipeTable.Entry e) || !(e.value() instanceof RecipeTable table)) continue;
            RecipeTable.Entry own = table.entry("name");
            if (own != null && name.equals(own.value())) return table;
        }
        throw RecipeTable.error(where, dotted, "names no table: none is called \"" + name + "\"");
    }

    private static RecipeTable.Entry value(String text, String path, String where) {
        TomlParseResult result = Toml.parse("value = " + text);
        Object value = result.hasErrors() || result.size() != 1 ? null : result.get(List.of("value"));
        if (value == null) return new RecipeTable.Entry(text.strip(), where);
        return entry(value, path, where, where);
    }
}
