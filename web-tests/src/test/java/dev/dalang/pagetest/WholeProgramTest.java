package dev.dalang.pagetest;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** {@code dalang serve} as a process, from its sign-in link on; models come from a hub over TLS on this machine. */
class WholeProgramTest extends Browsing {

    private static final String LISTENING = "dalang: listening on ";
    private static final String LINK = "dalang: sign in a browser, once, within an hour: ";

    private final Map<String, String> environment = new HashMap<>();
    private Path folder;
    private SlowHub hub;
    private Program program;
    private String address;
    private String link;

    @Override
    void serve(Path where) throws IOException {
        folder = where;
        hub = new SlowHub(where);
        environment.putAll(hub.environment());
        environment.put("DALANG_HOME", where.resolve("home").toString());
        // Nothing of the person's who runs the test.
        environment.put("HOME", where.toString());
        start(0);
    }

    private void start(int port) {
        program = Program.start(dev.dalang.cli.Dalang.class, environment, "serve", "--port", Integer.toString(port));
        try {
            address = program.heard(LISTENING);
            link = program.heard(LINK);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    String address() {
        return address;
    }

    @AfterAll
    void end() {
        if (program != null) program.close();
        if (hub != null) hub.close();
    }

    /** A link for one more browser. */
    private String link() throws InterruptedException {
        if (link == null)
            return command("keys", "link").lines().toList().getLast().strip();
        String first = link;
        link = null;
        return first;
    }

    private String command(String... words) throws InterruptedException {
        try (Program p = Program.start(dev.dalang.cli.Dalang.class, environment, words)) {
            return p.whole();
        }
    }

    private Page signedIn(BrowserContext context, String path) throws InterruptedException {
        Page page = context.newPage();
        watch(page);
        page.navigate(link());
        page.waitForURL(address + "/");
        page.waitForSelector("#draft");
        if (!path.equals("/")) page.navigate(address + path);
        return page;
    }

    /** Always the likeliest word, so that the answer is the same each time. */
    private static void exactly(Page page) {
        page.locator("button[aria-label='Settings of this chat']").click();
        page.locator("#set-temperature").fill("0");
        page.locator(".panel button[aria-label=Close]").click();
    }

    @Test
    void theFirstVisitAnswersAtOnce() throws Exception {
        Page page = signedIn(stranger(1280, ColorScheme.LIGHT), "/");
        assertThat(page.locator("dialog")).containsText("Welcome to Dalang");
        accessible(page);
        page.locator("dialog button", new Page.LocatorOptions().setHasText("Skip"))
                .click();
        exactly(page);
        // What is proposed is what the model that comes along can answer.
        page.getByText("What is the capital of Kenya?").click();
        page.keyboard().press("Enter");
        answered(page);
        assertThat(page.locator(".message.assistant .md")).containsText("Nairobi");
        assertThat(page.locator(".message.assistant .who")).containsText("answered here");
        assertThat(page.locator(".figures")).containsText("tokens/s");
        assertThat(page.locator(".fill")).containsText("of 1K tokens");
    }

    @Test
    void aPhoneAsksToo() throws Exception {
        Page page = signedIn(context(PHONE, ColorScheme.DARK), "/");
        exactly(page);
        say(page, "What is the capital of Peru?");
        answered(page);
        assertThat(page.locator(".message.assistant .md")).containsText("Lima");
        say(page, "What is 17 plus 25?");
        answered(page);
        assertThat(page.locator(".message.assistant .md").last()).containsText("42");
        assertThat(page.locator(".figures").last()).containsText("tokens/s");
        fits(page);
        picture(page, "phone");
    }

    @Test
    void aModelIsFetchedPausedAndFetchedOn() throws Exception {
        Page page = signedIn(context(1280, ColorScheme.LIGHT), "/#/models");
        Locator elsewhere = page.locator("section[aria-label='From elsewhere']");
        elsewhere.locator("#place").fill("hf.co/owner/free");
        page.keyboard().press("Enter");
        Locator bar = elsewhere.locator("[role=progressbar]");
        // A look at the head of the file takes some; as many more as it needs until a part of the weights is here.
        for (int i = 0;
                i < 400
                        && elsewhere
                                        .locator("[role=progressbar]:not([aria-valuenow='0'])")
                                        .count()
                                == 0;
                i++) {
            hub.pieces.release();
            page.waitForTimeout(100);
        }
        assertThat(bar).hasAttribute("aria-valuenow", java.util.regex.Pattern.compile("[1-9]\\d?"));
        page.waitForResponse(
                r -> r.request().method().equals("POST"),
                () -> elsewhere.getByText("Pause").click());
        // At once, though no connection gets another byte.
        assertThat(elsewhere).containsText("paused");
        Locator here = page.locator("section[aria-label='On this machine']");
        assertThat(here).not().containsText("hf.co/owner/free");
        elsewhere.getByText("Go on").click();
        hub.pieces.release(100);
        assertThat(here).containsText("hf.co/owner/free:Q4_0");
        here.locator("button[aria-label='Remove hf.co/owner/free:Q4_0']").click();
        page.locator("dialog button", new Page.LocatorOptions().setHasText("Remove"))
                .click();
        assertThat(here).not().containsText("hf.co/owner/free");
        hub.pieces.drainPermits();
        // A licence is read and accepted before a byte of the weights comes.
        elsewhere.locator("#place").fill("hf.co/owner/bound");
        page.keyboard().press("Enter");
        assertThat(elsewhere).containsText("which must be accepted first");
        elsewhere.getByText("Read the licence").click();
        assertThat(page.locator("dialog")).containsText("Gemma Terms of Use");
        accessible(page);
        page.getByLabel("I have read it, and accept it").check();
        page.getByText("Accept and fetch").click();
        hub.pieces.release(100);
        assertThat(here).containsText("hf.co/owner/bound:Q4_0");
        assertThat(command("licences", "--accepted")).contains("Gemma");
        page.navigate(address + "/#/machine");
        assertThat(page.locator("main")).containsText("pull hf.co/owner/bound");
    }

    @Test
    void whoeverIsSignedOutGoesOnWhereTheyWere() throws Exception {
        expect("Failed to load resource");
        expect("ERR_");
        Page page = signedIn(context(1280, ColorScheme.LIGHT), "/");
        exactly(page);
        say(page, "What is 17 plus 25?");
        answered(page);
        assertThat(page.locator(".message.assistant .md")).containsText("42");
        page.fill("#draft", "not sent yet");
        program.kill();
        start(java.net.URI.create(address).getPort());
        page.evaluate("location.hash = '#/machine'");
        assertThat(page.locator("dialog")).containsText("Sign in again");
        accessible(page);
        page.fill("#sign-in-key", "dlg_wrong");
        page.keyboard().press("Enter");
        assertThat(page.locator("dialog [role=alert]")).hasText("This key is not good here.");
        page.fill(
                "#sign-in-key",
                Files.readString(folder.resolve("home/server-key")).strip());
        page.keyboard().press("Enter");
        assertThat(page.locator("dialog")).hasCount(0);
        page.evaluate("location.hash = '#/chat'");
        assertThat(page.locator(".message.assistant .md")).containsText("42");
        assertThat(page.locator("#draft")).hasValue("not sent yet");
    }

    @Test
    void anotherKeySeesNothingOfTheFirst() throws Exception {
        expect("400 (Bad Request)");
        expect("403 (Forbidden)");
        Page owner = signedIn(context(1280, ColorScheme.LIGHT), "/");
        say(owner, "Tell me a joke.");
        answered(owner);
        String hash = owner.url().substring(owner.url().indexOf('#'));
        String made = command("keys", "create", "guest", "--scope", "inference", "--json");
        String key = made.replaceAll("(?s).*\"key\": \"(dlg_[^\"]+)\".*", "$1");
        Page guest = context(1280, ColorScheme.LIGHT).newPage();
        watch(guest);
        expect("401 (Unauthorized)");
        guest.navigate(address + "/" + hash);
        assertThat(guest.locator("h1")).hasText("Sign in");
        accessible(guest);
        guest.fill("#sign-in-key", key);
        guest.keyboard().press("Enter");
        assertThat(guest.locator(".toast")).containsText("there is no conversation");
        assertThat(guest.locator(".entry")).hasCount(0);
        assertThat(guest.locator(".message")).hasCount(0);
        guest.fill("#search", "joke");
        assertThat(guest.locator(".history")).containsText("Nothing found");
        // Nor what only those may see who look after the machine.
        String id = hash.substring(hash.lastIndexOf('/') + 1);
        for (String path : new String[] {
            "conversations/" + id, "conversations/" + id + "/export?format=json", "machine/keys", "machine/egress"
        }) {
            assertThat(guest.request().get(address + "/dalang/" + path).ok())
                    .as(path)
                    .isFalse();
        }
    }
}
