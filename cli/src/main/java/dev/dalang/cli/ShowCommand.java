package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.kernel.KernelTier;
import dev.dalang.engine.kernel.Kernels;
import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.trust.Finding;
import dev.dalang.mini.BuiltIn;
import java.lang.reflect.Array;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang show}: the inside of a model. */
@Command(
        name = "show",
        description = "Show what is inside a model that is here, or what the catalogue knows of another.")
final class ShowCommand implements Callable<Integer> {

    private static final int TEMPLATE_LINES = 8;
    private static final int ARRAY_ITEMS = 8;
    private static final int LINE_CHARS = 160;

    @Parameters(
            paramLabel = "MODEL",
            arity = "0..1",
            defaultValue = BuiltIn.NAME,
            description = "The model; without one, the built-in model and its card.")
    @SuppressWarnings("NullAway.Init") // picocli's
    String model;

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    @Option(names = "--metadata", description = "All keys of the file.")
    boolean metadata;

    @Option(names = "--tensors", description = "All tensors: name, type, shape (fastest-varying first), bytes.")
    boolean tensors;

    @Option(names = "--template", description = "The chat template, whole and as it is.")
    boolean template;

    private final Surroundings around;

    ShowCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        Optional<Path> here = ModelArgument.find(model, around.store());
        if (here.isEmpty() && model.equals(BuiltIn.NAME)) {
            throw new DalangException(new Failure.ModelUnavailable("this version has no model built in", model));
        }
        if (here.isEmpty()) return showCatalogue();
        Path path = here.get();
        boolean builtIn = around.store().isBuiltIn(path);
        try (ModelSource source = ModelFiles.open(path)) {
            if (template) {
                printTemplate(source);
            } else if (json) {
                around.out().println(Json.pretty(tree(path, source)));
            } else {
                if (!metadata && !tensors) {
                    if (builtIn) around.out().println(BuiltIn.card());
                    print(path, report(source));
                    if (!builtIn) printTrust(path);
                }
                if (metadata) printMetadata(source.metadata());
                if (tensors) printTensors(source);
            }
        }
        return ExitCode.DONE;
    }

    /** What is not here may be in the catalogue. */
    private int showCatalogue() {
        CatalogueAccess access = new CatalogueAccess(around);
        CatalogueModel known = access.find(model).orElseThrow(() -> access.unknown(model));
        if (metadata || tensors || template) {
            throw Errors.usage(known.name() + " is not here; what is inside it shows after a pull");
        }
        FitsHere fits = new FitsHere(
                new Machine().memoryAvailable(), Machine.diskFree(around.store().folder()));
        CatalogueReport report = new CatalogueReport(known, access);
        if (json) around.out().println(Json.pretty(report.tree(fits)));
        else report.print(around, fits);
        return ExitCode.DONE;
    }

    private void printTrust(Path path) {
        List<Finding> findings = new FirstUse(around).findings(model, path);
        if (findings.isEmpty()) return;
        around.out().println("\ntrust");
        for (Finding f : findings) around.out().println("  " + FirstUse.word(f) + ": " + Text.oneLine(f.message()));
    }

    private void printTemplate(ModelSource source) {
        String text = source.metadata().stringOrNull("tokenizer.chat_template");
        if (text == null) {
            throw DalangException.badModelFile(
                    source.name() + " holds no chat template", source.name(), "tokenizer.chat_template");
        }
        around.out().print(around.outIsTerminal() ? Text.printable(text) : text);
        if (around.outIsTerminal() && !text.endsWith("\n")) around.out().println();
    }

    private Map<String, @Nullable Object> tree(Path path, ModelSource source) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("path", path.toString());
        tree.putAll(report(source));
        List<Map<String, Object>> trust = new ArrayList<>();
        for (Finding f : new FirstUse(around).findings(model, path)) {
            Map<String, Object> finding = new LinkedHashMap<>();
            finding.put("level", FirstUse.word(f));
            finding.put("message", f.message());
            trust.add(finding);
        }
        tree.put("trust", trust);
        if (metadata) {
            Map<String, @Nullable Object> all = new LinkedHashMap<>();
            source.metadata().asMap().forEach((k, v) -> all.put(k, ModelReport.value(v)));
            tree.put("metadata", all);
        }
        if (tensors) {
            List<Map<String, Object>> list = new ArrayList<>();
            for (TensorInfo t : source.tensors().values()) {
                Map<String, Object> tensor = new LinkedHashMap<>();
                tensor.put("name", t.name());
                tensor.put("type", t.type().name());
                tensor.put("shape", t.shape());
                tensor.put("bytes", t.bytes());
                list.add(tensor);
            }
            tree.put("tensor_list", list);
        }
        return tree;
    }

    /** What is in the file, and what it would be computed with here. */
    private static Map<String, @Nullable Object> report(ModelSource source) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>(new ModelReport(source).tree());
        Kernels kernels = KernelTier.best();
        Map<String, @Nullable Object> engine = new LinkedHashMap<>();
        engine.put("kernels", kernels.description());
        if (kernels.refusals() != null) engine.put("kernels_refused", kernels.refusals());
        kernels.close();
        tree.put("engine", engine);
        return tree;
    }

    private void print(Path path, Map<String, @Nullable Object> tree) {
        around.out().println(Text.oneLine(path.toString()));
        tree.forEach((section, fields) -> {
            if (!(fields instanceof Map<?, ?> map)) return;
            around.out().println("\n" + label(section));
            List<List<String>> rows = new ArrayList<>();
            map.forEach((name, value) -> row(rows, String.valueOf(name), value));
            Text.table(rows).lines().forEach(line -> around.out().println("  " + line));
        });
    }

    private static void row(List<List<String>> rows, String name, @Nullable Object value) {
        switch (value) {
            case Long n
            when name.equals("parameters") -> rows.add(List.of(label(name), Text.count(n) + "  (" + n + ")"));
            case Long n when name.equals("bytes") -> rows.add(List.of(label(name), Text.bytes(n) + "  (" + n + ")"));
            case String s
            when name.equals("chat_template") -> {
                List<String> lines = s.lines().toList();
                for (int i = 0; i < Math.min(TEMPLATE_LINES, lines.size()); i++) {
                    rows.add(List.of(i == 0 ? label(name) : "", shorten(Text.printable(lines.get(i)))));
                }
                if (lines.size() > TEMPLATE_LINES || lines.stream().anyMatch(l -> l.length() > LINE_CHARS)) {
                    rows.add(List.of("", "(" + Text.plural(s.length(), "character") + "; --template shows all)"));
                }
            }
            case List<?> types
            when name.equals("types") -> {
                for (Object t : types) {
                    if (!(t instanceof Map<?, ?> type)) continue;
                    String share = type.get("share") instanceof Double d ? Text.format("%5.1f %%", 100 * d) : "";
                    String bytes = type.get("bytes") instanceof Long n ? Text.bytes(n) : "";
                    String tensors =
                            type.get("tensors") instanceof Number n ? Text.plural(n.longValue(), "tensor") : "";
                    rows.add(List.of(
                            String.valueOf(type.get("type")), share + " of bytes, " + bytes + " in " + tensors));
                }
            }
            case null -> rows.add(List.of(label(name), "none"));
            default -> rows.add(List.of(label(name), shown(value)));
        }
    }

    private static String label(String name) {
        return name.replace('_', ' ');
    }

    private static String shown(@Nullable Object value) {
        return switch (value) {
            case null -> "";
            case Map<?, ?> token -> {
                Object text = token.get("text");
                yield token.get("id") + (text == null ? "" : "  " + Text.oneLine(String.valueOf(text)));
            }
            case Boolean b -> b ? "yes" : "no";
            case Float f -> f == Math.rint(f) && Math.abs(f) < 1e9 ? Long.toString(f.longValue()) : f.toString();
            case Double d -> d == Math.rint(d) && Math.abs(d) < 1e15 ? Long.toString(d.longValue()) : d.toString();
            case List<?> list ->
                Text.oneLine(
                        String.join(", ", list.stream().map(String::valueOf).toList()));
            case Object o when o.getClass().isArray() -> array(o);
            default -> shorten(Text.oneLine(value.toString()));
        };
    }

    /** The first items; a run of one value only once, since per-layer arrays are often that. */
    private static String array(Object array) {
        int length = Array.getLength(array);
        List<String> items = new ArrayList<>();
        for (int i = 0; i < Math.min(length, ARRAY_ITEMS); i++) {
            items.add(Text.oneLine(String.valueOf(Array.get(array, i))));
        }
        boolean same =
                length > 1 && array instanceof long[] n && Arrays.stream(n).allMatch(v -> v == n[0]);
        if (same) return items.getFirst() + " (each of " + length + ")";
        return shorten(String.join(", ", items)) + (length > ARRAY_ITEMS ? ", … (" + length + " in all)" : "");
    }

    private static String shorten(String s) {
        if (s.length() <= LINE_CHARS) return s;
        return s.substring(0, s.offsetByCodePoints(0, Math.min(LINE_CHARS, s.codePointCount(0, s.length())) - 1)) + "…";
    }

    private void printMetadata(Metadata all) {
        all.asMap().forEach((key, value) -> {
            String type = value.type() == Metadata.Type.ARRAY
                    ? value.element() + "[]"
                    : value.type().toString();
            around.out().println(Text.oneLine(key) + " (" + type + ") = " + shown(ModelReport.value(value)));
        });
    }

    private void printTensors(ModelSource source) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NAME", "TYPE", "SHAPE", "BYTES"));
        for (TensorInfo t : source.tensors().values()) {
            String shape = String.join(
                    " x ", Arrays.stream(t.shape()).mapToObj(Long::toString).toList());
            rows.add(List.of(Text.oneLine(t.name()), t.type().name(), shape, Long.toString(t.bytes())));
        }
        around.out().print(Text.table(rows));
    }
}
