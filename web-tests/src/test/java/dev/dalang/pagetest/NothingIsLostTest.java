package dev.dalang.pagetest;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.Cookie;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reloads, networks that go away, servers that are killed: what was written stays, on both sides. */
class NothingIsLostTest extends Browsing {

    @TempDir
    Path folder;

    private static String words(int n) {
        return IntStream.rangeClosed(1, n).mapToObj(i -> "word" + i).collect(Collectors.joining(" "));
    }

    /** The page, from behind a wire. */
    private Page over(Wire wire, String who) {
        Page page = context(1280, ColorScheme.LIGHT).newPage();
        page.context().addCookies(List.of(new Cookie("who", who).setUrl(wire.address())));
        page.navigate(wire.address() + "/");
        page.waitForSelector("#draft");
        return page;
    }

    @Test
    void anAnswerGoesOnAfterTheNetworkWasAway() throws Exception {
        expect("Failed to load resource");
        expect("ERR_");
        try (Wire wire = new Wire(URI.create(server.address()).getPort())) {
            Page page = over(wire, "kim");
            say(page, "/wait");
            server.models.scripted.words.release(5);
            assertThat(page.locator(".md")).containsText("word5");
            wire.cut();
            assertThat(page.locator(".pulse")).containsText("The connection broke");
            // It is written on where nobody sees it.
            server.models.scripted.words.release(15);
            wire.mend();
            assertThat(page.locator(".md")).containsText("word20");
            server.models.scripted.words.release(20);
            answered(page);
            assertThat(page.locator(".md")).hasText(words(40));
        }
    }

    @Test
    void whatCouldNotBeSentComesBack() throws Exception {
        expect("Failed to load resource");
        expect("ERR_");
        Path notes = folder.resolve("notes.txt");
        Files.writeString(notes, "remember the milk");
        Page page = open("lea", 1280, ColorScheme.LIGHT, "/");
        page.setInputFiles(".composer input[type=file]", notes);
        page.context().setOffline(true);
        say(page, "a long thought");
        assertThat(page.locator(".toast")).containsText("The server does not answer");
        assertThat(page.locator("#draft")).hasValue("a long thought");
        assertThat(page.locator(".composer .file")).containsText("notes.txt");
        page.context().setOffline(false);
        page.press("#draft", "Enter");
        answered(page);
        assertThat(page.locator(".message.user .said")).hasText("a long thought");
        assertThat(page.locator(".message.user .file")).containsText("notes.txt");
        assertThat(page.locator(".message.assistant")).hasCount(1);
    }

    @Test
    void aQuestionWithoutAnAnswerCanBeAskedAgain() {
        expect("Failed to load resource");
        expect("ERR_");
        Page page = open("max", 1280, ColorScheme.LIGHT, "/");
        // The network goes between the question and the request for its answer.
        page.route("**/dalang/chat", r -> r.abort());
        say(page, "kept");
        assertThat(page.locator(".toast")).containsText("The server does not answer");
        assertThat(page.locator(".message.user .said")).hasText("kept");
        page.unroute("**/dalang/chat");
        page.reload();
        button(page, "Ask for an answer");
        answered(page);
        assertThat(page.locator(".message.assistant .md h3")).hasText("A short tour");
        assertThat(page.locator(".message.user")).hasCount(1);
    }

    @Test
    void whatIsBeingWrittenSurvivesAReload() throws Exception {
        Path notes = folder.resolve("notes.txt");
        Files.writeString(notes, "remember the milk");
        Page page = open("nia", 1280, ColorScheme.LIGHT, "/");
        page.fill("#draft", "half a sen");
        page.setInputFiles(".composer input[type=file]", notes);
        assertThat(page.locator(".composer .file")).containsText("notes.txt");
        page.reload();
        assertThat(page.locator("#draft")).hasValue("half a sen");
        assertThat(page.locator(".composer .file")).containsText("notes.txt");
        // Each conversation has its own, and a look at another page changes nothing.
        page.fill("#draft", "said");
        page.press("#draft", "Enter");
        answered(page);
        page.fill("#draft", "next");
        page.locator("nav a", new Page.LocatorOptions().setHasText("Models")).click();
        page.locator("nav a", new Page.LocatorOptions().setHasText("Chat")).click();
        assertThat(page.locator("#draft")).hasValue("next");
        page.getByText("New chat").click();
        assertThat(page.locator("#draft")).hasValue("");
        page.locator(".entry a").click();
        assertThat(page.locator("#draft")).hasValue("next");
        // What is private is kept nowhere, not even there.
        button(page, "Private conversation");
        page.fill("#draft", "secret");
        assertThat((String) page.evaluate("JSON.stringify(sessionStorage)")).doesNotContain("secret");
    }

    @Test
    void aKilledServerLosesNoWordThatWasSeen() throws Exception {
        expect("Failed to load resource");
        expect("ERR_");
        Path home = folder.resolve("killed");
        Files.createDirectories(home);
        Program first = Program.start(PageServer.class, Map.of(), "0", home.toString());
        String address = "http:" + first.heard("http:");
        String port = Integer.toString(URI.create(address).getPort());
        Page page = context(1280, ColorScheme.LIGHT).newPage();
        page.context().addCookies(List.of(new Cookie("who", "ann").setUrl(address)));
        page.navigate(address);
        say(page, "/slow");
        assertThat(page.locator(".md")).containsText("word150");
        first.kill();
        assertThat(page.locator(".pulse")).containsText("The connection broke");
        String seen = page.locator(".md").innerText().strip();
        try (Program second = Program.start(PageServer.class, Map.of(), port, home.toString())) {
            second.heard(address);
            answered(page);
            assertThat(page.locator(".message").last()).containsText("the server stopped while it was being written");
            assertThat(page.locator(".md").innerText().strip()).isEqualTo(seen);
            page.reload();
            assertThat(page.locator(".message").last()).containsText("the server stopped while it was being written");
            assertThat(page.locator(".md").innerText().strip()).isEqualTo(seen);
            button(page, "Continue");
            answered(page);
            assertThat(page.locator(".md")).containsText(seen);
            assertThat(page.locator(".md")).containsText("And so it goes on.");
        }
        first.close();
    }
}
