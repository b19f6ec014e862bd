package dev.dalang.cli;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.ChatResponse;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Message;
import dev.dalang.api.Prompt;
import dev.dalang.api.ReasoningOptions;
import dev.dalang.api.ResponseCollector;
import dev.dalang.api.ResponseFacts;
import dev.dalang.api.ResponseFormat;
import dev.dalang.api.Truncation;
import dev.dalang.mini.BuiltIn;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang run}: one answer, or a conversation. */
@Command(
        name = "run",
        description = "Answer a prompt, or hold a conversation when there is none.",
        footer = {
            "",
            "A first argument that names no model is the beginning of the prompt; the configured model answers then, or"
                    + " else the built-in one. What is piped in goes before the"
                    + " prompt; a - among the words stands for it.",
            "Examples: dalang run \"What is the capital of Kenya?\"",
            "          dalang run ./model.gguf Why is the sky blue",
            "          echo hi | dalang run ./model.gguf",
            "          dalang run ./model.gguf --format schema.json List three islands",
            "          dalang run openai/gpt-5 Hello (after `dalang providers add openai`)",
            "          dalang run fast Hello (a route of routes.toml)"
        })
final class RunCommand implements Callable<Integer> {

    /** More than any context holds; a guard against piping in a disk image. */
    private static final int MAX_PROMPT_BYTES = 256 << 20;

    @Parameters(arity = "0..*", paramLabel = "[MODEL] [PROMPT]", description = "The model, and what to ask.")
    List<String> words = new ArrayList<>();

    @Option(names = "--model", paramLabel = "MODEL", hidden = true)
    @Nullable
    String defaultModel;

    @Option(names = "--system", paramLabel = "TEXT", description = "The system message.")
    @Nullable
    String system;

    @Option(names = "--raw", description = "Continue the prompt as it is, without the chat template.")
    boolean raw;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "json for any JSON object, or a file with a JSON Schema, or a .gbnf grammar.")
    @Nullable
    String format;

    @Option(names = "--template", paramLabel = "FILE", description = "A chat template in place of the model's.")
    @Nullable
    Path template;

    @Option(
            names = "--think",
            arity = "0..1",
            fallbackValue = "true",
            paramLabel = "LEVEL",
            description = "true, false, minimal, low, medium or high: how much to think before answering.")
    @Nullable
    String think;

    @Option(names = "--hidethinking", description = "Do not show the thinking.")
    boolean hideThinking;

    @Option(names = "--drop-oldest", description = "Leave out the oldest turns when the context is too short.")
    boolean dropOldest;

    @Option(
            names = "--drop-unsupported",
            description = "Of a hosted model: leave out what its provider cannot do, and say so, instead of refusing.")
    boolean dropUnsupported;

    @Option(
            names = {"-v", "--verbose"},
            description = "Show counts and speeds after each answer.")
    boolean verbose;

    @Option(names = "--json", description = "One JSON object in place of the text.")
    boolean json;

    @Mixin
    SamplingFlags samplingFlags = new SamplingFlags();

    @Mixin
    ModelFlags modelFlags = new ModelFlags();

    @Mixin
    AdapterFlags adapterFlags = new AdapterFlags();

    @Mixin
    NetFlags netFlags = new NetFlags();

    @Mixin
    SpeculationFlags speculationFlags = new SpeculationFlags();

    @Mixin
    MeterFlags meterFlags = new MeterFlags();

    @Mixin
    LedgerFlags ledgerFlags = new LedgerFlags();

    private final Surroundings around;

    /** Standard input may still have something to say, and nobody waited for it. */
    private boolean inputIgnored;

    RunCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        ChatSettings settings = settings();
        ModelOpener.Options options = modelFlags
                .options()
                .withAdapters(adapterFlags.scales().keySet())
                .withSpeculation(speculationFlags.speculation(around));
        RunModels models = new RunModels(around, netFlags, meterFlags, ledgerFlags);
        List<String> prompt = new ArrayList<>(words);
        String model = defaultModel;
        if (!prompt.isEmpty() && namesModel(prompt.getFirst(), models)) model = prompt.removeFirst();
        boolean conversation = prompt.isEmpty() && around.inIsTerminal();
        if (conversation && json) throw Errors.usage("--json needs a prompt");
        if (conversation && raw) throw Errors.usage("--raw needs a prompt");
        if (model == null) model = builtIn();
        try (ModelOpener.Opened opened = models.open(model, options)) {
            if (conversation)
                return Conversation.onTerminal(around, opened, settings).run();
            // Read only now: while the model opened, whatever pipes into us had time to begin.
            return answer(opened, settings, prompt(prompt));
        }
    }

    private boolean namesModel(String word, RunModels models) {
        return models.isRoute(word) || ModelArgument.namesModel(word, around.store()) || models.isOfProvider(word);
    }

    private int answer(ModelOpener.Opened opened, ChatSettings settings, String text) {
        ChatRequest request = settings.request(opened.chat().name(), asPrompt(text));
        ResponseCollector collector = new ResponseCollector();
        ResponseFacts facts = new ResponseFacts();
        ChatEvent.Finished finished;
        if (json) {
            facts.during(() -> opened.chat().chat(request, around.interrupt(), collector));
            var response = collector.response();
            finished = Statistics.withLoad(
                    new ChatEvent.Finished(
                            response.finishReason(), response.stopSequence(), response.usage(), response.timings()),
                    opened.loadTime());
            around.out().println(Json.pretty(object(response, finished, facts)));
            around.out().flush();
        } else {
            PrintStream reasoning =
                    around.outIsTerminal() ? around.out() : around.errIsTerminal() ? around.err() : null;
            AnswerPrinter printer = new AnswerPrinter(
                    new AnswerPrinter.Layout(
                            around.out(),
                            around.outIsTerminal(),
                            settings.hideReasoning ? null : reasoning,
                            around.styled(true),
                            around.err(),
                            around.errIsTerminal(),
                            settings.maxTokens != null),
                    around.interrupt());
            try {
                facts.during(() -> opened.chat().chat(request, around.interrupt(), printer));
            } finally {
                printer.close();
            }
            finished = Statistics.withLoad(
                    Objects.requireNonNull(printer.finished(), "a model that ends without Finished"),
                    opened.loadTime());
        }
        Bills bills = new Bills(facts);
        if (settings.verbose) {
            Statistics.print(finished, around.err());
            bills.print(around.err());
        }
        if (!json && bills.unknownPrice()) around.say(bills.unknownPriceNote());
        if (inputIgnored && waits(around.in())) {
            around.say("standard input came too late to be read; a - among the words waits for it");
        }
        return finished.reason() == FinishReason.CANCELLED ? ExitCode.INTERRUPTED : ExitCode.DONE;
    }

    private static Map<String, @Nullable Object> object(
            ChatResponse response, ChatEvent.Finished finished, ResponseFacts facts) {
        Map<String, @Nullable Object> message = new LinkedHashMap<>();
        message.put("role", "assistant");
        message.put("content", response.text());
        if (!response.message().reasoning().isEmpty()) {
            message.put("thinking", response.message().reasoning());
        }
        List<Map<String, Object>> calls = new ArrayList<>();
        for (var call : response.message().toolCalls()) {
            calls.add(Map.of("id", call.id(), "function", Map.of("name", call.name(), "arguments", call.arguments())));
        }
        if (!calls.isEmpty()) message.put("tool_calls", calls);
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("model", response.model());
        object.put("created_at", response.created().toString());
        object.put("message", message);
        object.put("done", true);
        object.putAll(Statistics.fields(finished));
        object.putAll(new Bills(facts).fields());
        if (!response.notices().isEmpty()) {
            object.put(
                    "notices",
                    response.notices().stream()
                            .map(n -> Map.of("code", n.code(), "message", n.message()))
                            .toList());
        }
        return object;
    }

    private Prompt asPrompt(String text) {
        if (raw) return new Prompt.Raw(text);
        List<Message> messages = new ArrayList<>();
        if (system != null) messages.add(Message.system(system));
        messages.add(Message.user(text));
        return new Prompt.Conversation(messages);
    }

    private ChatSettings settings() {
        if (raw && system != null) throw Errors.usage("--raw has no place for a --system message");
        ChatSettings s = new ChatSettings();
        s.system = system;
        s.sampling = samplingFlags.sampling();
        s.maxTokens = samplingFlags.maxTokens();
        s.stop = new ArrayList<>(samplingFlags.stop);
        s.reasoning = think == null ? ReasoningOptions.DEFAULT : thinking(think);
        s.truncation = dropOldest ? Truncation.DROP_OLDEST : Truncation.REFUSE;
        s.hideReasoning = hideThinking;
        s.verbose = verbose;
        s.dropUnsupported = dropUnsupported;
        s.adapters = adapterFlags.byName();
        if (format != null) s.format = format(format);
        if (template != null) s.chatTemplate = read(template);
        // Built once here, so that a wrong value is refused before a model is opened.
        var _ = s.request("model", Prompt.user(""));
        return s;
    }

    static ReasoningOptions thinking(String level) {
        return switch (level.toLowerCase(Locale.ROOT)) {
            case "true", "on" -> ReasoningOptions.of(true);
            case "false", "off" -> ReasoningOptions.of(false);
            case "minimal" -> ReasoningOptions.of(ReasoningOptions.Effort.MINIMAL);
            case "low" -> ReasoningOptions.of(ReasoningOptions.Effort.LOW);
            case "medium" -> ReasoningOptions.of(ReasoningOptions.Effort.MEDIUM);
            case "high" -> ReasoningOptions.of(ReasoningOptions.Effort.HIGH);
            default -> throw Errors.usage("--think is true, false, minimal, low, medium or high, not " + level);
        };
    }

    private static ResponseFormat format(String format) {
        if (format.equals("json")) return new ResponseFormat.JsonObject();
        Path file = Path.of(format);
        if (!Files.isRegularFile(file)) {
            throw Errors.usage(
                    "--format is json or a file with a JSON Schema or .gbnf grammar, and there is no file " + format);
        }
        String text = read(file);
        if (format.toLowerCase(Locale.ROOT).endsWith(".gbnf")) return new ResponseFormat.Grammar(text);
        if (!(Json.parse(text, format) instanceof Map)) throw Errors.usage(format + " holds no JSON object");
        return new ResponseFormat.JsonSchema(null, text, null);
    }

    /** The words, with what is piped in. */
    private String prompt(List<String> words) {
        try {
            boolean named = words.contains("-");
            // Only what is there already: waiting would hang wherever standard input is open but nobody writes.
            boolean piped =
                    !around.inIsTerminal() && (words.isEmpty() || around.in().available() > 0);
            String typed = String.join(" ", words);
            if (!named && !piped) {
                inputIgnored = !around.inIsTerminal();
                return typed;
            }
            String in = stdin();
            if (named) {
                return String.join(
                        " ", words.stream().map(w -> w.equals("-") ? in : w).toList());
            }
            if (!words.isEmpty()) return in.isBlank() ? typed : in.stripTrailing() + "\n\n" + typed;
            if (in.isBlank()) throw Errors.usage("there is no prompt: neither words nor anything on standard input");
            // The line's end that `echo` adds is not part of what was meant.
            return raw ? in : in.stripTrailing();
        } catch (IOException e) {
            throw Errors.storage(e, null);
        }
    }

    private static boolean waits(InputStream in) {
        try {
            return in.available() > 0;
        } catch (IOException e) {
            return false;
        }
    }

    private String stdin() throws IOException {
        byte[] bytes = around.in().readNBytes(MAX_PROMPT_BYTES + 1);
        if (bytes.length > MAX_PROMPT_BYTES) {
            throw Errors.usage("standard input is longer than " + Text.bytes(MAX_PROMPT_BYTES));
        }
        return utf8(bytes, "standard input");
    }

    static String read(Path file) {
        try {
            return utf8(Files.readAllBytes(file), file.toString());
        } catch (IOException e) {
            throw Errors.storage(e, file);
        }
    }

    private static String utf8(byte[] bytes, String what) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw DalangException.invalidRequest(what + " is not UTF-8 text", null);
        }
    }

    private String builtIn() {
        if (around.builtIn().isPresent()) return BuiltIn.NAME;
        String unnamed = words.isEmpty() ? "" : " (\"" + Text.oneLine(words.getFirst()) + "\" names none)";
        throw new DalangException(new Failure.ModelUnavailable(
                "no model was named" + unnamed + ", and this version has none built in: give a path to a .gguf file or"
                        + " a name from `dalang list` first, or set one for always with DALANG_MODEL or `model = …` in "
                        + Configuration.file(around),
                ""));
    }
}
