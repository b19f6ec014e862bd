package dev.dalang.pagetest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.Cookie;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/**
 * A browser and a server for the tests of a class. The browser is the system's Chromium; without one the tests are skipped,
 * unless {@code DALANG_BROWSER_REQUIRED} is set. Whatever a page says on its console as an error, and every request to
 * another host, fails the test.
 */
@TestInstance(Lifecycle.PER_CLASS)
abstract class Browsing {

    static final int PHONE = 390;
    private static final int PATIENCE_MILLIS = 40_000;
    private static final List<String> PLACES =
            List.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome");

    PageServer server;
    private Playwright playwright;
    private Browser browser;
    private Path home;
    private final List<BrowserContext> contexts = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private final List<Predicate<String>> expected = new ArrayList<>();

    @BeforeAll
    void start() throws IOException {
        Path chromium = PLACES.stream()
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
        if (System.getenv("DALANG_BROWSER_REQUIRED") == null) {
            assumeTrue(chromium != null, "there is no Chromium here to open the page with");
        }
        assertThat(chromium)
                .as("Chromium, which DALANG_BROWSER_REQUIRED asks for")
                .isNotNull();
        home = Files.createTempDirectory("dalang-page");
        serve(home);
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(chromium)
                        .setArgs(List.of(
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-background-networking",
                                "--no-first-run",
                                "--disable-sync")));
    }

    /** Starts what is to be browsed. */
    void serve(Path folder) throws IOException {
        server = new PageServer(folder, 0);
    }

    /** Where it is. */
    String address() {
        return server.address();
    }

    @AfterAll
    void stop() throws IOException {
        if (browser != null) browser.close();
        if (playwright != null) playwright.close();
        if (server != null) server.close();
        if (home == null) return;
        try (var files = Files.walk(home)) {
            for (Path f : files.sorted(java.util.Comparator.reverseOrder()).toList()) Files.deleteIfExists(f);
        }
    }

    @AfterEach
    void nothingWentWrong() {
        contexts.forEach(BrowserContext::close);
        contexts.clear();
        problems.removeIf(p -> expected.stream().anyMatch(e -> e.test(p)));
        List<String> found = List.copyOf(problems);
        problems.clear();
        expected.clear();
        assertThat(found).isEmpty();
    }

    /** A part of a message on the console that the test provokes. */
    void expect(String message) {
        expected.add(p -> p.contains(message));
    }

    /** The same, where it is said of a file of that folder alone. */
    void expect(String message, String folder) {
        expected.add(p -> p.contains(message) && p.contains(folder));
    }

    /** Somebody's browser of this width, on a page. */
    Page open(String who, int width, ColorScheme scheme, String path) {
        BrowserContext context = context(width, scheme);
        context.addCookies(List.of(new Cookie("who", who).setUrl(address())));
        Page page = context.newPage();
        watch(page);
        page.navigate(address() + path);
        page.waitForSelector(".shell .page .page > :not(.narrow)");
        return page;
    }

    /** A browser that has been here before: it is not shown around. */
    BrowserContext context(int width, ColorScheme scheme) {
        BrowserContext context = stranger(width, scheme);
        context.addInitScript("localStorage.setItem('dalang.tour', localStorage.getItem('dalang.tour') ?? 'seen')");
        return context;
    }

    Browser browser() {
        return browser;
    }

    /** A browser of its own that was never here. */
    BrowserContext stranger(int width, ColorScheme scheme) {
        BrowserContext context = browser.newContext(new Browser.NewContextOptions()
                .setViewportSize(width, width == PHONE ? 844 : 860)
                .setColorScheme(scheme)
                .setAcceptDownloads(true));
        contexts.add(context);
        context.setDefaultTimeout(PATIENCE_MILLIS);
        return context;
    }

    Page open(String path) {
        return open("ann", 1280, ColorScheme.LIGHT, path);
    }

    /** What it says and asks for is noted from now on. */
    void watch(Page page) {
        page.onConsoleMessage(m -> {
            if (m.type().equals("error")) problems.add(m.text() + " " + m.location());
        });
        page.onPageError(problems::add);
        page.onRequest(r -> {
            if (!r.url().startsWith(address())
                    && !r.url().startsWith("data:")
                    && !r.url().startsWith("blob:")) {
                problems.add("asked another host: " + r.url());
            }
        });
        page.onDialog(d -> problems.add("a dialog of the browser: " + d.message()));
    }

    /** Writes a message and sends it by the keyboard. */
    static void say(Page page, String text) {
        page.fill("#draft", text);
        page.press("#draft", "Enter");
    }

    /** Presses the button of that name, the last of them. */
    static void button(Page page, String name) {
        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName(name).setExact(true))
                .last()
                .click();
    }

    /** Waits until no answer is being written. */
    static void answered(Page page) {
        page.waitForSelector(".composer button.primary.send");
    }

    /** No violation of WCAG 2.2 A and AA, nor of axe's best practices. */
    static void accessible(Page page) {
        List<String> found = new ArrayList<>();
        for (Rule rule : new AxeBuilder(page).analyze().getViolations()) {
            rule.getNodes().forEach(n -> found.add(rule.getId() + ": " + n.getHtml() + " " + n.getFailureSummary()));
        }
        assertThat(found).isEmpty();
    }

    /** Nothing sticks out at the right. */
    static void fits(Page page) {
        assertThat(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
                .isEqualTo(true);
        assertThat(
                        page.evaluate(
                                "[...document.querySelectorAll('#thread, .content')].every(e => e.scrollWidth <= e.clientWidth)"))
                .as("what scrolls in the page")
                .isEqualTo(true);
    }

    static void picture(Page page, String name) {
        page.screenshot(new Page.ScreenshotOptions().setPath(Path.of("target", "screenshots", name + ".png")));
    }
}
