package dev.dalang.pagetest;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.Cookie;
import dev.dalang.server.http.Json;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import tools.jackson.databind.JsonNode;

/**
 * How fast the page is there and how smooth it stays; figures, no verdict, as they belong to the machine. Turned on by
 * {@code -Ddalang.page.speed=true}; they are printed, and lie in {@code target/smoothness.txt}.
 *
 * <p>Two kinds of milliseconds: those of the clock, which other programs on the machine lengthen, and those of the
 * processor that the page's main thread took for one task, which they do not.
 */
@EnabledIfSystemProperty(named = "dalang.page.speed", matches = "true")
class SmoothnessTest extends Browsing {

    private static final String SPEED = System.getProperty("dalang.page.tokens", "2000");
    private static final int MESSAGES = 2000;

    /** Gaps between frames, and the browser's own list of frames that took long. */
    private static final String WATCH = """
            () => {
              window.gaps = []; window.long = [];
              let last = performance.now();
              const next = now => { if (!window.gaps) return; window.gaps.push(now - last); last = now; requestAnimationFrame(next); };
              requestAnimationFrame(next);
              window.watcher = new PerformanceObserver(l => l.getEntries().forEach(e => window.long.push(
                [Math.round(e.duration), Math.round(e.blockingDuration), ...e.scripts.map(s => s.sourceFunctionName + ' ' + s.sourceURL.split('/').pop() + ' ' + Math.round(s.duration) + ' forced ' + Math.round(s.forcedStyleAndLayoutDuration))])));
              window.watcher.observe({ type: 'long-animation-frame' });
            }""";

    private static final String SEEN =
            "() => { const g = window.gaps; window.gaps = null; window.watcher.disconnect(); return JSON.stringify({ gaps: g, long: window.long }); }";

    private static final String AT_BEGINNING = "document.getElementById('thread').scrollTop === 0";

    private static final String AT_END =
            "(t => t.scrollHeight - t.scrollTop - t.clientHeight < 2)(document.getElementById('thread'))";

    private static final long SCROLL_SECONDS = 240;

    private final List<String> report = new ArrayList<>();

    private void say(String format, Object... values) {
        String line = String.format(Locale.ROOT, format, values);
        report.add(line);
        System.out.println(line);
    }

    @AfterAll
    void write() throws IOException {
        Files.createDirectories(Path.of("target"));
        Files.write(Path.of("target", "smoothness.txt"), report);
    }

    private static double load() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }

    @Test
    void thePageIsThere() {
        List<Double> paints = new ArrayList<>();
        List<Double> usable = new ArrayList<>();
        long bytes = 0;
        List<Double> work = List.of();
        for (int i = 0; i < 7; i++) {
            browser()
                    .startTracing(
                            null,
                            new com.microsoft.playwright.Browser.StartTracingOptions()
                                    .setCategories(List.of("toplevel", "__metadata")));
            try (BrowserContext context = context(1280, ColorScheme.LIGHT)) {
                context.addCookies(List.of(new Cookie("who", "ann").setUrl(address())));
                context.addInitScript(
                        "new MutationObserver(() => { if (!window.usable && document.querySelector('#draft') && document.querySelector('#model-0 option')) window.usable = performance.now(); }).observe(document, { childList: true, subtree: true })");
                Page page = context.newPage();
                page.navigate(address() + "/");
                page.waitForSelector(
                        "#model-0 option",
                        new Page.WaitForSelectorOptions()
                                .setState(com.microsoft.playwright.options.WaitForSelectorState.ATTACHED));
                paints.add(((Number) page.evaluate(
                                "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1"))
                        .doubleValue());
                usable.add(((Number) page.evaluate("window.usable")).doubleValue());
                bytes = ((Number)
                                page.evaluate(
                                        "performance.getEntriesByType('resource').filter(r => /\\.m?js$/.test(r.name)).reduce((s, r) => s + r.encodedBodySize, 0)"))
                        .longValue();
            }
            work = tasks(Json.parse(new String(browser().stopTracing(), java.nio.charset.StandardCharsets.UTF_8)));
        }
        paints.sort(null);
        usable.sort(null);
        say(
                "first paint: median %.0f ms, worst %.0f ms; usable: median %.0f ms, worst %.0f ms (load %.1f)",
                paints.get(3), paints.getLast(), usable.get(3), usable.getLast(), load());
        say(
                "processor of the page's main thread until then: %.0f ms",
                work.stream().mapToDouble(d -> d).sum());
        say("script for the first view, compressed: %d bytes", bytes);
    }

    @Test
    void aLongAnswerStreams() {
        Page page = open("/");
        measured(page, "50,000 tokens at " + SPEED + " a second", () -> {
            Browsing.say(page, "/long 50000 " + SPEED);
            page.waitForSelector(".composer button[aria-label=Stop]");
            page.waitForSelector(
                    ".composer button.primary.send", new Page.WaitForSelectorOptions().setTimeout(300_000));
            page.waitForTimeout(500);
        });
        say(
                "  blocks %s, letters %s",
                page.locator(".md .block").count(), page.evaluate("document.querySelector('.md').textContent.length"));
    }

    @Test
    void aLongConversationScrolls() {
        String id = LongConversation.keep(server, MESSAGES);
        Page page = open("/");
        measured(page, "opening " + MESSAGES + " messages", () -> {
            page.evaluate("location.hash = '#/chat/" + id + "'");
            assertThat(page.locator(".message")).not().hasCount(0);
            page.waitForTimeout(500);
        });
        Locator thread = page.locator("#thread");
        thread.hover();
        measured(page, "scrolling from the end of them to the beginning", () -> scroll(page, -2000, AT_BEGINNING));
        // Or the figures would be those of a part.
        assertThat(page.locator(".message").first()).containsText("Question 0:");
        measured(page, "scrolling back to the end", () -> scroll(page, 2000, AT_END));
        measured(page, "an answer below them", () -> {
            Browsing.say(page, "/long 4000 1000");
            page.waitForSelector(".composer button[aria-label=Stop]");
            page.waitForSelector(
                    ".composer button.primary.send", new Page.WaitForSelectorOptions().setTimeout(120_000));
        });
    }

    /** As a reader does who turns the wheel as fast as it goes. */
    private void scroll(Page page, double pixels, String until) {
        long start = System.nanoTime();
        while (System.nanoTime() - start < SCROLL_SECONDS * 1_000_000_000L
                && !Boolean.TRUE.equals(page.evaluate(until))) {
            for (int i = 0; i < 10; i++) page.mouse().wheel(0, pixels);
            page.waitForTimeout(16);
        }
        say(
                "scrolled for %.1f s, with %d messages in the page",
                (System.nanoTime() - start) / 1e9, page.locator(".message").count());
    }

    /** Clock: gaps between frames. Processor: what the main thread took for one task, by Chromium's trace. */
    private void measured(Page page, String what, Runnable work) {
        page.evaluate(WATCH);
        browser()
                .startTracing(
                        page,
                        new com.microsoft.playwright.Browser.StartTracingOptions()
                                .setCategories(List.of("toplevel", "devtools.timeline", "__metadata")));
        work.run();
        byte[] trace = browser().stopTracing();
        JsonNode seen = Json.parse((String) page.evaluate(SEEN));
        List<Double> gaps = new ArrayList<>();
        seen.path("gaps").forEach(g -> gaps.add(g.doubleValue()));
        gaps.sort(null);
        List<Double> tasks = tasks(Json.parse(new String(trace, java.nio.charset.StandardCharsets.UTF_8)));
        say("%s (load %.1f):", what, load());
        say(
                "  clock: %d frames, median gap %.0f ms, 99 of 100 below %.0f ms, longest %.0f ms, above 50 ms: %d",
                gaps.size(),
                at(gaps, 0.5),
                at(gaps, 0.99),
                at(gaps, 1),
                gaps.stream().filter(g -> g > 50).count());
        say(
                "  processor: %d tasks, 99.9 of 100 below %.1f ms, longest %.1f ms, above 50 ms: %d",
                tasks.size(),
                at(tasks, 0.999),
                at(tasks, 1),
                tasks.stream().filter(t -> t > 50).count());
        List<JsonNode> longest = new ArrayList<>();
        seen.path("long").forEach(longest::add);
        longest.sort((a, b) -> b.get(0).intValue() - a.get(0).intValue());
        for (JsonNode l : longest.subList(0, Math.min(4, longest.size()))) say("    %s", Json.text(l));
    }

    private static double at(List<Double> sorted, double share) {
        return sorted.isEmpty() ? -1 : sorted.get((int) Math.min(sorted.size() - 1, sorted.size() * share));
    }

    /** Milliseconds of the processor for each task of the busiest renderer's main thread, sorted. */
    private static List<Double> tasks(JsonNode trace) {
        java.util.Map<String, List<Double>> byThread = new java.util.HashMap<>();
        java.util.Set<String> mains = new java.util.HashSet<>();
        for (JsonNode e : trace.path("traceEvents")) {
            String thread = e.path("pid").asInt(0) + "/" + e.path("tid").asInt(0);
            String name = e.path("name").asString("");
            if (name.equals("thread_name")
                    && e.path("args").path("name").asString("").equals("CrRendererMain")) mains.add(thread);
            if (name.endsWith("RunTask") && e.has("tdur"))
                byThread.computeIfAbsent(thread, t -> new ArrayList<>())
                        .add(e.path("tdur").doubleValue() / 1000);
        }
        List<Double> busiest = List.of();
        for (String m : mains) {
            List<Double> all = byThread.getOrDefault(m, List.of());
            if (all.stream().mapToDouble(d -> d).sum()
                    > busiest.stream().mapToDouble(d -> d).sum()) busiest = all;
        }
        List<Double> sorted = new ArrayList<>(busiest);
        sorted.sort(null);
        return sorted;
    }
}
