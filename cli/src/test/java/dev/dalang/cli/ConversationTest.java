package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.ChatEvent;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.api.Message;
import dev.dalang.api.Prompt;
import dev.dalang.engine.generate.Speculation;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.DumbTerminal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConversationTest {

    @TempDir
    Path home;

    private Shell shell;
    private Terminal terminal;

    @BeforeEach
    void shell() {
        shell = new Shell(home);
    }

    /** Types the lines, then Ctrl-D; gives back what the terminal showed. */
    private String converse(ScriptedModel model, String... lines) throws IOException {
        ByteArrayOutputStream screen = new ByteArrayOutputStream();
        String typed = String.join("\n", lines) + "\n";
        terminal = new DumbTerminal(
                "test",
                Terminal.TYPE_DUMB,
                new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)),
                screen,
                StandardCharsets.UTF_8);
        PrintStream nowhere = new PrintStream(PrintStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        Conversation conversation = new Conversation(
                shell.around(nowhere, nowhere),
                terminal,
                model.open(home, new ModelOpener.Options(null, null, null, null, null, Set.of(), Speculation.NONE)),
                new ChatSettings());
        assertThat(conversation.run()).isZero();
        return screen.toString(StandardCharsets.UTF_8);
    }

    private static List<Message> asked(ScriptedModel model, int turn) {
        return ((Prompt.Conversation) model.requests.get(turn).prompt()).messages();
    }

    @Test
    void eachTurnCarriesTheOnesBefore() throws IOException {
        ScriptedModel model = ScriptedModel.saying("Semar!");
        String screen = converse(model, "who are you?", "  ", "again!", "/bye", "not read");
        assertThat(screen).contains(">>> ", "Semar!");
        assertThat(model.requests).hasSize(2);
        assertThat(asked(model, 0)).containsExactly(Message.user("who are you?"));
        assertThat(asked(model, 1))
                .containsExactly(Message.user("who are you?"), Message.assistant("Semar!"), Message.user("again!"));
    }

    @Test
    void endOfInputLeaves() throws IOException {
        ScriptedModel model = ScriptedModel.saying("x");
        converse(model, "only this");
        assertThat(model.requests).hasSize(1);
    }

    @Test
    void quotesSpanLines() throws IOException {
        ScriptedModel model = ScriptedModel.saying("x");
        converse(model, "\"\"\"first", "/bye is text here", "last\"\"\"", "\"\"\"one line\"\"\"");
        assertThat(asked(model, 0).getLast()).isEqualTo(Message.user("first\n/bye is text here\nlast"));
        assertThat(asked(model, 1).getLast()).isEqualTo(Message.user("one line"));
    }

    @Test
    void punctuationIsNotShellSyntax() throws IOException {
        ScriptedModel model = ScriptedModel.saying("x");
        converse(model, "don't! \\n !! \"open");
        assertThat(asked(model, 0).getLast()).isEqualTo(Message.user("don't! \\n !! \"open"));
    }

    @Test
    void setChangesTheNextRequest() throws IOException {
        ScriptedModel model = ScriptedModel.saying("x");
        String screen = converse(
                model,
                "/set system you are a dalang",
                "/set parameter temperature 0.25",
                "/set parameter num_predict 7",
                "/set parameter temperature hot",
                "/set parameter top_p 9",
                "/set parameter nonsense 1",
                "/set format json",
                "/set verbose",
                "hi",
                "/show");
        var request = model.requests.getFirst();
        assertThat(asked(model, 0)).containsExactly(Message.system("you are a dalang"), Message.user("hi"));
        assertThat(request.sampling().temperature()).isEqualTo(0.25f);
        assertThat(request.maxTokens()).isEqualTo(7);
        assertThat(screen)
                .contains("temperature must be a number, not \"hot\"")
                .contains("top_p must be 0 to 1")
                .contains("no parameter \"nonsense\"")
                .contains("eval rate:            10.00 tokens/s")
                .contains("context      4096 tokens", "temperature  0.25", "you are a dalang");
    }

    @Test
    void clearForgets() throws IOException {
        ScriptedModel model = ScriptedModel.saying("x");
        converse(model, "one", "/clear", "two");
        assertThat(asked(model, 1)).containsExactly(Message.user("two"));
    }

    @Test
    void unknownCommandsDoNotReachTheModel() throws IOException {
        ScriptedModel model = ScriptedModel.saying("x");
        assertThat(converse(model, "/frobnicate", "/help")).contains("no command /frobnicate", "/set system TEXT");
        assertThat(model.requests).isEmpty();
    }

    @Test
    void whatIsSavedLoads() throws IOException {
        converse(ScriptedModel.saying("Semar!"), "/set system be kind", "who?", "/save my-talk");
        Path file = home.resolve("conversations/my-talk.json");
        assertThat(file).exists();
        if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
            assertThat(Files.getPosixFilePermissions(file)).hasSize(2);
        }
        ScriptedModel model = ScriptedModel.saying("x");
        converse(model, "/load my-talk", "go on");
        assertThat(asked(model, 0))
                .containsExactly(
                        Message.system("be kind"),
                        Message.user("who?"),
                        Message.assistant("Semar!"),
                        Message.user("go on"));
    }

    @Test
    void whatCannotBeSavedLeavesNothing() throws IOException {
        Path folder = Files.createDirectories(home.resolve("conversations/talk.json/in-the-way"));
        String screen = converse(ScriptedModel.saying("Semar!"), "who?", "/save talk", "/bye");
        assertThat(screen).contains("talk.json: a folder of this name is in the way");
        assertThat(folder).exists();
        assertThat(home.resolve("conversations/talk.json.part")).doesNotExist();
    }

    @Test
    void namesStayInTheirFolder() throws IOException {
        ScriptedModel model = ScriptedModel.saying("x");
        String screen = converse(model, "/save ../evil", "/save .hidden", "/load ../../etc/passwd", "/load nothing");
        assertThat(screen).contains("unlike \"../evil\"", "unlike \".hidden\"", "no conversation named nothing");
        assertThat(home.resolve("evil.json")).doesNotExist();
    }

    @Test
    void aBrokenFileIsRefused() throws IOException {
        shell.write("conversations/bad.json", "{\"messages\":[{\"role\":\"wizard\",\"content\":\"x\"}]}");
        shell.write("conversations/worse.json", "{");
        String screen = converse(ScriptedModel.saying("x"), "/load bad", "/load worse");
        assertThat(screen).contains("unknown role wizard", "worse.json is not JSON");
    }

    @Test
    void interruptStopsTheAnswerAndNothingElse() throws IOException {
        AtomicInteger turn = new AtomicInteger();
        ScriptedModel model = new ScriptedModel((request, cancellation, events) -> {
            events.accept(new ChatEvent.TextDelta("half"));
            if (turn.getAndIncrement() > 0) return;
            terminal.raise(Terminal.Signal.INT);
            if (!cancellation.isCancelled()) events.accept(new ChatEvent.TextDelta(" and the rest"));
        });
        String screen = converse(model, "one", "two");
        assertThat(screen).contains("half").doesNotContain("the rest");
        assertThat(asked(model, 1))
                .containsExactly(Message.user("one"), Message.assistant("half"), Message.user("two"));
    }

    @Test
    void aFailureLeavesTheConversationAsItWas() throws IOException {
        AtomicInteger turn = new AtomicInteger();
        ScriptedModel model = new ScriptedModel((request, cancellation, events) -> {
            if (turn.getAndIncrement() == 0) throw DalangException.invalidRequest("too long", "messages");
            events.accept(new ChatEvent.TextDelta("ok"));
        });
        assertThat(converse(model, "one", "two")).contains("too long", "ok");
        assertThat(asked(model, 1)).containsExactly(Message.user("two"));
    }

    @Test
    void whatIsTrueOfEveryTurnIsSaidOnce() throws IOException {
        AtomicInteger turn = new AtomicInteger();
        ScriptedModel model = new ScriptedModel((request, cancellation, events) -> {
            events.accept(new ChatEvent.Notice("no_template", "it has no template"));
            events.accept(new ChatEvent.Notice("dropped", turn.incrementAndGet() + " turns were left out"));
            events.accept(new ChatEvent.TextDelta("ok"));
        });
        assertThat(converse(model, "one", "two"))
                .containsOnlyOnce("it has no template")
                .contains("1 turns were left out", "2 turns were left out");
    }

    @Test
    void aFullContextNamesTheWayOut() throws IOException {
        AtomicInteger turn = new AtomicInteger();
        ScriptedModel model = new ScriptedModel((request, cancellation, events) -> {
            if (turn.getAndIncrement() != 1) events.accept(new ChatEvent.TextDelta("ok"));
            else throw new DalangException(new Failure.ContextOverflow("9 tokens, 8 fit", 9, 8, List.of()));
        });
        assertThat(converse(model, "one", "two", "/clear", "three")).contains("9 tokens, 8 fit; /clear forgets");
        assertThat(asked(model, 2)).containsExactly(Message.user("three"));
    }

    @Test
    void linesAreKeptForTheNextTime() throws IOException {
        converse(ScriptedModel.saying("x"), "remember me", "/set nohistory", "not me");
        assertThat(home.resolve("history")).content().contains("remember me").doesNotContain("not me");
    }
}
