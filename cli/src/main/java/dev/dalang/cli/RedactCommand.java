package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.trust.redact.Action;
import dev.dalang.trust.redact.Detectors;
import dev.dalang.trust.redact.Finding;
import dev.dalang.trust.redact.Kind;
import dev.dalang.trust.redact.RedactionReport;
import dev.dalang.trust.redact.RedactionSettings;
import dev.dalang.trust.redact.Redactor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang redact}: what a text would look like to a hosted model. */
@Command(
        name = "redact",
        description = "Replace personal data and secrets in a text by placeholders, as before a request leaves.")
final class RedactCommand implements Callable<Integer> {

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "FILE",
            description = "The text, UTF-8; standard input without it.")
    @Nullable
    Path file;

    @Option(names = "--report", description = "Only how much of what there is, and where.")
    boolean report;

    @Option(names = "--json", description = "The text, the counts and the places (never the values) as JSON.")
    boolean json;

    @Option(
            names = "--kinds",
            split = ",",
            paramLabel = "KIND",
            description = "Only these: email, phone, iban, card, …; all by default.")
    List<String> kinds = new ArrayList<>();

    private final Surroundings around;

    RedactCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() throws IOException {
        RedactionSettings settings = settings();
        String text = read();
        Redactor redactor = new Redactor(settings);
        String redacted = redactor.redact(text);
        RedactionReport counts = redactor.report();
        if (json) {
            Map<String, @Nullable Object> tree = new LinkedHashMap<>();
            tree.put("text", redacted);
            Map<String, @Nullable Object> byKind = new LinkedHashMap<>();
            counts.counts().forEach((kind, n) -> byKind.put(kind.word(), n));
            tree.put("counts", byKind);
            tree.put("findings", found(text, settings).map(RedactCommand::tree).toList());
            around.out().println(Json.pretty(tree));
        } else if (report) {
            around.out().print(Text.table(table(text, settings)));
        } else {
            around.out().print(redacted);
            around.say(counts.sentence() + (counts.total() == 0 ? "" : ", replaced"));
        }
        return ExitCode.DONE;
    }

    private RedactionSettings settings() {
        if (kinds.isEmpty()) return RedactionSettings.all(Action.REDACT);
        Map<Kind, Action> actions = new HashMap<>();
        for (String word : kinds) {
            Kind kind = Kind.of(word);
            if (kind == null) {
                throw Errors.usage("there is no kind \"" + Text.oneLine(word) + "\"; there are "
                        + Stream.of(Kind.values()).map(Kind::word).collect(Collectors.joining(", ")));
            }
            actions.put(kind, Action.REDACT);
        }
        return new RedactionSettings(actions, Action.OFF, Action.OFF, Set.of(), Set.of());
    }

    private String read() throws IOException {
        if (file == null) return new String(around.in().readAllBytes(), StandardCharsets.UTF_8);
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw Errors.storage(e, file);
        } catch (OutOfMemoryError e) {
            throw DalangException.invalidRequest(file + " is too large to be read whole", null);
        }
    }

    private static Stream<Finding> found(String text, RedactionSettings settings) {
        return Detectors.find(text).stream().filter(f -> settings.action(f.kind()) == Action.REDACT);
    }

    private static Map<String, @Nullable Object> tree(Finding f) {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("kind", f.kind().word());
        tree.put("rule", f.rule());
        tree.put("start", f.start());
        tree.put("end", f.end());
        return tree;
    }

    private static List<List<String>> table(String text, RedactionSettings settings) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("KIND", "RULE", "LINE", "COLUMN", "LENGTH"));
        int line = 1;
        int begin = 0;
        int at = 0;
        for (Finding f : found(text, settings).toList()) {
            for (; at < f.start(); at++) {
                if (text.charAt(at) == '\n') {
                    line++;
                    begin = at + 1;
                }
            }
            rows.add(List.of(
                    f.kind().word(),
                    f.rule(),
                    Integer.toString(line),
                    Integer.toString(f.start() - begin + 1),
                    Integer.toString(f.end() - f.start())));
        }
        return rows;
    }
}
