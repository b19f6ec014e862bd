package dev.dalang.cli;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.FinishReason;
import dev.dalang.api.Message;
import dev.dalang.api.Prompt;
import dev.dalang.api.ResponseCollector;
import dev.dalang.api.ResponseFacts;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The conversation on a terminal: lines in, answers out, until {@code /bye} or Ctrl-D.
 *
 * <p>Ctrl-C stops the answer and nothing else; what there is of it stays in the conversation. A question that failed
 * leaves the conversation as it was before.
 */
final class Conversation {
    private static final String QUOTES = "\"\"\"";

    private final Surroundings around;
    private final Terminal terminal;
    private final LineReader reader;
    private final PrintStream out;
    private final ModelOpener.Opened opened;
    private final ConversationCommands commands;
    final ChatSettings settings;
    final List<Message> messages = new ArrayList<>();

    /** What was said of this conversation already. */
    private final Set<ChatEvent.Notice> noticed = new HashSet<>();

    /** That the price is not known was said. */
    private boolean unknownPrice;

    /** What Ctrl-C stops; null while nothing runs. */
    private final AtomicReference<@Nullable Cancellation> running = new AtomicReference<>();

    /** On the terminal that the program was started from, with the history of earlier conversations. */
    static Conversation onTerminal(Surroundings around, ModelOpener.Opened opened, ChatSettings settings) {
        try {
            Terminal terminal = TerminalBuilder.builder()
                    .name("dalang")
                    .system(true)
                    .dumb(true)
                    .graphemeCluster(false)
                    .encoding(StandardCharsets.UTF_8)
                    .build();
            // Some pseudo-terminals have no size, and the line editor draws nothing sensible on those.
            if (terminal.getColumns() <= 0) terminal.setSize(Size.of(80, 24));
            return new Conversation(around, terminal, opened, settings);
        } catch (IOException e) {
            throw Errors.storage(e, null);
        }
    }

    Conversation(Surroundings around, Terminal terminal, ModelOpener.Opened opened, ChatSettings settings) {
        this.around = around;
        this.terminal = terminal;
        this.opened = opened;
        this.settings = settings;
        this.out = new PrintStream(terminal.output(), false, StandardCharsets.UTF_8);
        this.commands = new ConversationCommands(this, around, opened, out);
        LineReaderBuilder builder = LineReaderBuilder.builder()
                .appName("dalang")
                .terminal(terminal)
                .completer(new StringsCompleter(ConversationCommands.completions()))
                // "!" is an exclamation mark here, and a backslash is a backslash.
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .option(LineReader.Option.HISTORY_IGNORE_SPACE, true)
                .variable(LineReader.SECONDARY_PROMPT_PATTERN, "... ");
        try {
            Path history = around.home().resolve("history");
            Private.file(history);
            builder.variable(LineReader.HISTORY_FILE, history);
        } catch (IOException e) {
            around.say("this conversation's lines are not kept: " + Errors.describe(e));
        }
        this.reader = builder.build();
    }

    int run() {
        terminal.handle(Terminal.Signal.INT, signal -> {
            Cancellation answer = running.get();
            if (answer != null) answer.cancel();
        });
        try {
            while (true) {
                Line line = read();
                if (line.text().isBlank()) continue;
                if (line.command()) {
                    if (!commands.run(line.text().strip())) return ExitCode.DONE;
                } else {
                    ask(line.text());
                }
            }
        } catch (EndOfFileException e) {
            return ExitCode.DONE;
        } finally {
            keepHistory();
        }
    }

    /** What was typed; {@code command} when it is for us and not for the model. */
    private record Line(String text, boolean command) {}

    private Line read() {
        while (true) {
            try {
                String line = reader.readLine(">>> ");
                boolean command = line.startsWith("/");
                int quotes = line.startsWith(QUOTES) ? 0 : command ? line.indexOf(QUOTES) : -1;
                if (quotes < 0) return new Line(line, command);
                StringBuilder body = new StringBuilder(line.substring(quotes + QUOTES.length()));
                while (!body.toString().stripTrailing().endsWith(QUOTES)) {
                    body.append('\n').append(reader.readLine("... "));
                }
                String text = body.toString().stripTrailing();
                text = text.substring(0, text.length() - QUOTES.length());
                return new Line(line.substring(0, quotes) + text, command);
            } catch (UserInterruptException e) {
                if (e.getPartialLine().isEmpty()) say("Ctrl-D or /bye leaves.");
            }
        }
    }

    private void ask(String text) {
        List<Message> asked = new ArrayList<>();
        if (settings.system != null) asked.add(Message.system(settings.system));
        asked.addAll(messages);
        Message question = Message.user(text);
        asked.add(question);

        Cancellation cancellation = new Cancellation();
        ResponseCollector collector = new ResponseCollector();
        ResponseFacts facts = new ResponseFacts();
        AnswerPrinter printer = new AnswerPrinter(layout(), cancellation);
        running.set(cancellation);
        try {
            ChatRequest request = settings.request(opened.chat().name(), new Prompt.Conversation(asked));
            facts.during(() -> opened.chat().chat(request, cancellation, e -> {
                collector.accept(e);
                // What is true of every turn is said at the first.
                if (!(e instanceof ChatEvent.Notice n) || noticed.add(n)) printer.accept(e);
            }));
        } catch (DalangException e) {
            printer.close();
            boolean tooLong = e.failure() instanceof Failure.ContextOverflow && !messages.isEmpty();
            say(e.failure().message() + (tooLong ? "; /clear forgets what was said so far" : ""));
            return;
        } finally {
            running.set(null);
        }
        out.println();
        Bills bills = new Bills(facts);
        if (bills.unknownPrice() && !unknownPrice) {
            unknownPrice = true;
            say(bills.unknownPriceNote());
        }
        Message answer = collector.message();
        // Nothing was said, so there is nothing to go on from.
        if (answer.parts().isEmpty() && collector.response().finishReason() == FinishReason.CANCELLED) return;
        messages.add(question);
        messages.add(answer);
        ChatEvent.Finished finished = printer.finished();
        if (settings.verbose && finished != null) {
            Statistics.print(finished, out);
            bills.print(out);
            out.println();
        }
        out.flush();
    }

    private AnswerPrinter.Layout layout() {
        boolean styled = around.styled(!Terminal.TYPE_DUMB.equals(terminal.getType()));
        return new AnswerPrinter.Layout(
                out, true, settings.hideReasoning ? null : out, styled, out, styled, settings.maxTokens != null);
    }

    /** One line of ours, not the model's. */
    void say(String message) {
        out.println(Text.printable(message));
        out.flush();
    }

    LineReader reader() {
        return reader;
    }

    private void keepHistory() {
        try {
            reader.getHistory().save();
        } catch (IOException e) {
            around.say("this conversation's lines were not kept: " + Errors.describe(e));
        }
    }
}
