package dev.dalang.pagetest;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Conversations as a person has them. */
class ChatTest extends Browsing {

    @TempDir
    Path folder;

    @Test
    void anAnswerIsShownAsItIsMeant() {
        Page page = open("/");
        page.fill("#draft", "Why is the sky blue?");
        assertThat(page.locator(".fill")).containsText("of 8.2K tokens");
        page.press("#draft", "Enter");
        answered(page);
        assertThat(page.locator(".md h3.h2")).hasText("A short tour");
        assertThat(page.locator(".md ol > li")).hasCount(2);
        assertThat(page.locator(".md ol ul > li")).hasCount(2);
        assertThat(page.locator(".md table tbody tr")).hasCount(2);
        assertThat(page.locator(".md .hljs-keyword").first()).hasText("def");
        assertThat(page.locator(".md .katex")).hasCount(2);
        assertThat(page.locator(".md .math-error")).hasCount(0);
        assertThat(page.locator(".md")).containsText("It costs $5 or $6");
        assertThat(page.locator(".md a")).hasAttribute("rel", "noopener noreferrer nofollow");
        assertThat(page.locator(".figures")).containsText("tokens/s");
        assertThat(page.locator(".figures")).containsText("first after 140 ms");
        assertThat(page.locator(".history .entry.current")).containsText("Why is the sky blue?");
        button(page, "Copy code");
        assertThat(page.locator("#announce")).hasText("Copied");
        accessible(page);
        picture(page, "chat-light");
    }

    @Test
    void branchesAreKept() {
        Page page = open("/");
        say(page, "first");
        answered(page);
        button(page, "Answer again");
        answered(page);
        assertThat(page.locator(".siblings").last()).containsText("2/2");
        button(page, "Branch before");
        assertThat(page.locator(".siblings").last()).containsText("1/2");
        page.locator(".message.user button[aria-label=Edit]").click();
        page.fill(".edit textarea", "second");
        page.press(".edit textarea", "Enter");
        answered(page);
        assertThat(page.locator(".message.user .said")).hasText("second");
        assertThat(page.locator(".message.user .siblings")).containsText("2/2");
        button(page, "Branches");
        assertThat(page.locator(".tree button")).hasCount(5);
        accessible(page);
        picture(page, "branches");
        page.locator(".tree button").first().click();
        assertThat(page.locator(".message.user .said")).hasText("first");
        // The tree is the ledger's, not the window's.
        page.reload();
        assertThat(page.locator(".message.user .siblings")).containsText("1/2");
        button(page, "Continue");
        answered(page);
        assertThat(page.locator(".message.assistant .md").last()).containsText("And so it goes on.");
    }

    @Test
    void anAnswerSurvivesReloadsAndStops() {
        Page page = open("/");
        say(page, "/wait");
        server.models.scripted.words.release(5);
        assertThat(page.locator(".md")).containsText("word5");
        page.reload();
        assertThat(page.locator(".md")).containsText("word5");
        server.models.scripted.words.release(35);
        answered(page);
        String all = IntStream.rangeClosed(1, 40).mapToObj(i -> "word" + i).collect(Collectors.joining(" "));
        assertThat(page.locator(".message.assistant .md").last()).hasText(all);
        say(page, "/wait again");
        server.models.scripted.words.release(3);
        assertThat(page.locator(".md").last()).containsText("word3");
        page.keyboard().press("Escape");
        answered(page);
        assertThat(page.locator(".message").last()).containsText("You stopped this answer.");
        page.reload();
        assertThat(page.locator(".message").last()).containsText("word3");
    }

    @Test
    void aServerThatStopsLosesNothing() {
        expect("Failed to load resource");
        expect("ERR_");
        Page page = open("/");
        say(page, "/wait");
        server.models.scripted.words.release(4);
        assertThat(page.locator(".md")).containsText("word4");
        server.restart();
        answered(page);
        page.reload();
        assertThat(page.locator(".message").last()).containsText("word4");
        button(page, "Continue");
        answered(page);
        assertThat(page.locator(".md").last()).containsText("word4");
        assertThat(page.locator(".md").last()).containsText("And so it goes on.");
    }

    @Test
    void severalModelsAnswerSideBySide() {
        Page page = open("/");
        button(page, "Ask another model beside it");
        page.getByRole(AriaRole.MENUITEM, new Page.GetByRoleOptions().setName(Models.OTHER))
                .click();
        say(page, "hello");
        answered(page);
        assertThat(page.locator(".columns > .message")).hasCount(2);
        assertThat(page.locator(".columns")).containsText(Models.SCRIPTED);
        assertThat(page.locator(".columns")).containsText(Models.OTHER);
        accessible(page);
        picture(page, "side-by-side");
        button(page, "Go on with this one");
        say(page, "and then");
        answered(page);
        assertThat(page.locator(".message.user")).hasCount(2);
    }

    @Test
    void toolsAndReasoningAreShown() {
        Page page = open("/");
        say(page, "/think");
        answered(page);
        assertThat(page.locator("details.thoughts")).not().hasAttribute("open", "");
        page.locator("details.thoughts summary").click();
        assertThat(page.locator("details.thoughts")).containsText("First I consider the shadow");
        say(page, "/tool");
        answered(page);
        assertThat(page.locator("details.call")).containsText("\"place\": \"Solo\"");
        accessible(page);
        page.fill(".answer-form textarea", "31 degrees");
        button(page, "Send result");
        answered(page);
        assertThat(page.locator(".message.assistant .md").last()).hasText("The tool says so.");
    }

    @Test
    void aPrivateConversationIsKeptNowhere() {
        Page page = open("eve", 1280, ColorScheme.DARK, "/");
        button(page, "Private conversation");
        say(page, "secret");
        answered(page);
        say(page, "more");
        answered(page);
        button(page, "Answer again");
        answered(page);
        assertThat(page.locator(".message.user")).hasCount(2);
        accessible(page);
        org.assertj.core.api.Assertions.assertThat(server.ledger.conversations().list("eve", 10, 0))
                .isEmpty();
    }

    @Test
    void settingsAndFilesReachTheModel() throws Exception {
        Path notes = folder.resolve("notes.txt");
        Files.writeString(notes, "remember the milk");
        Page page = open("fay", 1280, ColorScheme.LIGHT, "/");
        button(page, "Settings of this chat");
        page.fill("#set-system", "Answer in verse.");
        page.locator("#set-temperature").fill("0.3");
        accessible(page);
        picture(page, "settings");
        page.setInputFiles(".composer input[type=file]", notes);
        assertThat(page.locator(".composer .file")).containsText("notes.txt");
        say(page, "what is in it?");
        answered(page);
        var kept = server.ledger.conversations().list("fay", 10, 0).getFirst();
        assertThat(kept.settings()).contains("Answer in verse.").contains("0.3");
        assertThat(server.ledger
                        .conversations()
                        .messages("fay", kept.id())
                        .getFirst()
                        .detail())
                .contains("remember the milk");
        page.reload();
        button(page, "Settings of this chat");
        assertThat(page.locator("#set-system")).hasValue("Answer in verse.");
    }

    /** A list that was asked for before a change and comes after it shows the change all the same. */
    @Test
    void aLateListDoesNotUndoARename() throws Exception {
        Path export = folder.resolve("late.json");
        Files.writeString(export, """
                [{"title":"Imported tea","create_time":1700000000.5,"update_time":1700000100.0,"current_node":"b","mapping":{
                  "a":{"id":"a","message":null,"parent":null,"children":["b"]},
                  "b":{"id":"b","message":{"author":{"role":"user"},"create_time":1700000001,"content":{"content_type":"text","parts":["How long does oolong steep?"]}},"parent":"a","children":[]}}}]
                """);
        Page page = open("hal", 1280, ColorScheme.LIGHT, "/");
        page.setInputFiles("#import", export);
        assertThat(page.locator(".entry a")).hasText("Imported tea");
        page.fill("#search", "oolong");
        assertThat(page.locator(".entry small")).containsText("oolong steep");
        List<Runnable> late = new ArrayList<>();
        page.route("**/dalang/conversations", route -> {
            if (!route.request().method().equals("GET") || !late.isEmpty()) {
                route.resume();
                return;
            }
            APIResponse list = route.fetch();
            late.add(() -> route.fulfill(new Route.FulfillOptions().setResponse(list)));
        });
        page.fill("#search", "");
        page.waitForCondition(() -> !late.isEmpty());
        page.locator(".entry .more").click();
        page.getByText("Rename").click();
        page.fill("#prompt-value", "Tea");
        page.press("#prompt-value", "Enter");
        assertThat(page.locator(".entry a span")).hasText("Tea");
        late.getFirst().run();
        assertThat(page.locator(".entry small")).hasCount(0);
        assertThat(page.locator(".entry a")).hasText("Tea");
    }

    @Test
    void conversationsAreFoundAndOrdered() throws Exception {
        Path export = folder.resolve("conversations.json");
        Files.writeString(export, """
                [{"title":"Imported tea","create_time":1700000000.5,"update_time":1700000100.0,"current_node":"d","mapping":{
                  "a":{"id":"a","message":null,"parent":null,"children":["b"]},
                  "b":{"id":"b","message":{"author":{"role":"system"},"content":{"content_type":"text","parts":[""]}},"parent":"a","children":["c"]},
                  "c":{"id":"c","message":{"author":{"role":"user"},"create_time":1700000001,"content":{"content_type":"text","parts":["How long does oolong steep?"]}},"parent":"b","children":["d","e"]},
                  "d":{"id":"d","message":{"author":{"role":"assistant"},"metadata":{"model_slug":"gpt-4o"},"content":{"content_type":"text","parts":["Three minutes."]}},"parent":"c","children":[]},
                  "e":{"id":"e","message":{"author":{"role":"assistant"},"metadata":{"model_slug":"gpt-4o"},"content":{"content_type":"text","parts":["Four minutes."]}},"parent":"c","children":[]}}}]
                """);
        Page page = open("gus", 1280, ColorScheme.LIGHT, "/");
        page.setInputFiles("#import", export);
        page.locator(".entry", new Page.LocatorOptions().setHasText("Imported tea"))
                .locator("a")
                .click();
        assertThat(page.locator(".message.assistant")).containsText("Three minutes.");
        assertThat(page.locator(".message.assistant .who")).containsText("gpt-4o");
        // Its other answer is a branch here too.
        assertThat(page.locator(".message.assistant .siblings")).containsText("1/2");
        button(page, "Next branch");
        assertThat(page.locator(".message.assistant")).containsText("Four minutes.");
        button(page, "Branch before");
        assertThat(page.locator(".message.assistant")).containsText("Three minutes.");
        say(page, "thanks");
        answered(page);
        page.fill("#search", "oolong");
        assertThat(page.locator(".entry small")).containsText("oolong steep");
        page.fill("#search", "");
        page.locator(".entry .more").click();
        page.getByText("Rename").click();
        page.fill("#prompt-value", "Tea");
        page.press("#prompt-value", "Enter");
        assertThat(page.locator(".entry a")).hasText("Tea");
        page.locator(".entry .more").click();
        page.getByText("Move to a folder").click();
        page.fill("#prompt-value", "Kitchen");
        page.press("#prompt-value", "Enter");
        assertThat(page.locator(".history h2")).hasText("Kitchen");
        page.locator(".entry .more").click();
        page.getByRole(
                        AriaRole.MENUITEM,
                        new Page.GetByRoleOptions().setName("Pin").setExact(true))
                .click();
        assertThat(page.locator(".history h2")).hasText("Pinned");
        page.locator(".entry .more").click();
        var download =
                page.waitForDownload(() -> page.getByText("Export as Markdown").click());
        assertThat(Files.readString(download.path()))
                .startsWith("# Tea\n")
                .contains("## You")
                .contains("Three minutes.");
        page.locator(".entry .more").click();
        var json = page.waitForDownload(() -> page.getByText("Export as JSON").click());
        Path again = folder.resolve("again.json");
        Files.copy(json.path(), again);
        page.setInputFiles("#import", again);
        assertThat(page.locator(".entry")).hasCount(2);
        page.locator(".entry .more").last().click();
        page.getByRole(AriaRole.MENUITEM, new Page.GetByRoleOptions().setName("Delete"))
                .click();
        page.locator("dialog button", new Page.LocatorOptions().setHasText("Delete"))
                .click();
        assertThat(page.locator(".entry")).hasCount(1);
    }

    @Test
    void nobodySeesAnothersConversations() {
        expect("400 (Bad Request)");
        Page ann = open("hal", 1280, ColorScheme.LIGHT, "/");
        say(ann, "a secret");
        answered(ann);
        String hash = ann.url().substring(ann.url().indexOf('#'));
        Page bob = open("bob", 1280, ColorScheme.LIGHT, "/" + hash);
        assertThat(bob.locator(".toast")).containsText("there is no conversation");
        assertThat(bob.locator(".entry")).hasCount(0);
        assertThat(bob.locator(".message")).hasCount(0);
    }
}
