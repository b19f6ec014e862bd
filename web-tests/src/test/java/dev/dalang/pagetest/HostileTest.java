package dev.dalang.pagetest;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whatever a model writes is text. */
class HostileTest extends Browsing {

    @Test
    void nothingThatAModelWritesRuns() {
        // The policy holds in the document too that DOMPurify parses the text into, where nothing would run anyway.
        expect("Applying inline style violates", "/lib/dompurify/");
        expect("Executing inline event handler violates", "/lib/dompurify/");
        Page page = open("/");
        say(page, "/hostile");
        answered(page);
        assertThat(page.locator(".md").last()).containsText("The end is reached.");
        assertThat(page.evaluate("window.hacked === undefined")).isEqualTo(true);
        assertThat(
                        page.locator(
                                ".md script, .md iframe, .md img, .md form, .md style, .md svg script, .md [onclick], .md [onerror]"))
                .hasCount(0);
        assertThat(page.locator(".md [style]:not(.katex *)")).hasCount(0);
        @SuppressWarnings("unchecked")
        List<String> addresses =
                (List<String>) page.locator(".md a").evaluateAll("all => all.map(a => a.getAttribute('href') ?? '')");
        assertThat(addresses).allMatch(a -> a.matches("(https?:|mailto:).*"));
        // What was taken out can be read, so that nothing hides.
        assertThat(page.locator(".md").last()).containsText("<script>window.hacked = 1</script>");
        // Characters that turn the direction of code are shown.
        assertThat(page.locator(".md pre .hidden-mark").first()).hasText("U+202E");
        assertThat(page.locator(".composer")).isVisible();
        accessible(page);
        picture(page, "hostile");
        page.reload();
        assertThat(page.locator(".md").last()).containsText("The end is reached.");
        assertThat(page.evaluate("window.hacked === undefined")).isEqualTo(true);
    }

    @Test
    void hugeTablesAndLinesDoNotStopThePage() {
        Page page = open("/");
        say(page, "/table");
        answered(page);
        assertThat(page.locator(".md").last()).containsText("After the table.");
        assertThat(page.locator(".md tbody tr")).hasCount(400);
        page.locator(".md .scroll-x button").click();
        assertThat(page.locator(".md tbody tr")).hasCount(800);
        say(page, "/line");
        answered(page);
        // The page's policy forbids the browser's own way to wait for an expression.
        page.waitForCondition(() -> Boolean.TRUE.equals(
                page.evaluate("[...document.querySelectorAll('.md')].at(-1).textContent.length === 1048576")));
        page.fill("#draft", "still here");
        assertThat(page.locator("#draft")).hasValue("still here");
    }
}
