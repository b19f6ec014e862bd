package dev.dalang.cli;

import dev.dalang.api.ChatRequest;
import dev.dalang.trust.policy.Decision;
import dev.dalang.trust.policy.Policy;
import dev.dalang.trust.policy.Question;
import dev.dalang.trust.redact.Action;
import dev.dalang.trust.redact.RedactionReport;
import dev.dalang.trust.redact.Redactor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang policy check}: what the rules would do to a request, without sending it. */
@Command(
        name = "check",
        description = "Say what would become of a request, and by which rules; exit code 1 when it would be refused.")
final class PolicyCheckCommand implements Callable<Integer> {

    @Parameters(
            index = "0",
            paramLabel = "REQUEST.json",
            description = "A chat request as OpenAI's users write it; - for standard input.")
    @SuppressWarnings("NullAway.Init") // picocli's
    Path file;

    @Option(
            names = "--policy",
            paramLabel = "FILE",
            description = "Other rules than those in $DALANG_HOME/policy.toml.")
    @Nullable
    Path policy;

    @Option(names = "--key", paramLabel = "NAME", description = "The key that asks.")
    @Nullable
    String key;

    @Option(names = "--route", paramLabel = "NAME", description = "The alias by which the model is asked for.")
    @Nullable
    String route;

    @Option(names = "--model", paramLabel = "MODEL", description = "Another model than the request's.")
    @Nullable
    String model;

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    private final Surroundings around;

    PolicyCheckCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() throws IOException {
        ChatRequest request = RequestFile.read(read(), file.toString(), model);
        Policy rules = policy == null
                ? PolicyCommand.read(PolicyCommand.file(around), false)
                : PolicyCommand.read(policy, true);
        Question question = Question.of(key, route, request.model());
        Decision decision = rules.decide(question);
        Redactor redactor = new Redactor(decision.settings());
        redactor.redact(request);
        RedactionReport report = redactor.report();
        Action outcome = outcome(decision, redactor);
        String verdict = verdict(outcome, report, question, redactor.stuck());
        if (json) {
            Map<String, @Nullable Object> tree = new LinkedHashMap<>();
            tree.put("model", request.model());
            tree.put("local", question.local());
            tree.put("outcome", outcome.word());
            tree.put("verdict", verdict);
            Map<String, @Nullable Object> counts = new LinkedHashMap<>();
            report.counts().forEach((kind, n) -> counts.put(kind.word(), n));
            tree.put("found", counts);
            tree.put("unexamined", report.blind());
            tree.put("header", report.header());
            tree.put("why", decision.why());
            around.out().println(Json.pretty(tree));
        } else {
            around.out().println(verdict);
            for (String line : decision.why()) around.out().println("  " + line);
        }
        return outcome == Action.BLOCK ? ExitCode.FAILED : ExitCode.DONE;
    }

    private String read() throws IOException {
        if (file.toString().equals("-")) return new String(around.in().readAllBytes(), StandardCharsets.UTF_8);
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw Errors.storage(e, file);
        }
    }

    private static Action outcome(Decision decision, Redactor redactor) {
        Action content = redactor.verdict();
        Action strictest = decision.whole().compareTo(content) > 0 ? decision.whole() : content;
        return strictest.compareTo(Action.REDACT) <= 0 && redactor.stuck() != null ? Action.BLOCK : strictest;
    }

    private static String verdict(Action outcome, RedactionReport report, Question q, @Nullable String stuck) {
        String held = "the request holds " + report.sentence();
        String model = Text.oneLine(q.model());
        return switch (outcome) {
            case OFF ->
                q.local()
                        ? model + " is on this machine: the request goes as it is"
                        : held + "; it goes to " + model + " as it is";
            case REPORT -> held + "; it goes to " + model + " as it is, and the answer says so";
            case REDACT -> held + "; it goes to " + model + " with " + report.replaced() + " of them replaced";
            case LOCAL_ONLY -> held + "; it stays on this machine: a local model answers, or none";
            case BLOCK ->
                stuck == null
                        ? held + "; it is refused"
                        : held + ", part of it in " + stuck + ", where a placeholder cannot stand; it is refused";
        };
    }
}
