package dev.dalang.pagetest;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Of a long conversation only what is looked at stands in the page; the reader must not notice. */
class LongConversationTest extends Browsing {

    private static final int MESSAGES = 400;

    /** Numbers of the questions that stand in the page. */
    private static final String QUESTIONS =
            "[...document.querySelectorAll('.message.user .said')].filter(e => e.textContent.startsWith('Question')).map(e => Number(/\\d+/.exec(e.textContent)))";

    /** The number of a question in view, where it is, and how far the page is scrolled. */
    private static final String LOOK =
            "(() => { const e = [...document.querySelectorAll('.message.user .said')].reduce((a, b) => a && Math.abs(a.getBoundingClientRect().top - 400) < Math.abs(b.getBoundingClientRect().top - 400) ? a : b, null); return [Number(/\\d+/.exec(e.textContent)), e.getBoundingClientRect().top]; })()";

    /** The same of the question of this number. */
    private static final String FIND =
            "n => { const e = [...document.querySelectorAll('.message.user .said')].find(e => Number(/\\d+/.exec(e.textContent)) === n); return [n, e ? e.getBoundingClientRect().top : null]; }";

    /** A message covers the middle of the view, or the gap between two does. */
    private static final String COVERED = """
            (() => { const box = document.getElementById('thread').getBoundingClientRect();
              return [0.2, 0.5, 0.8].every(at => [-15, 15].some(off => document.elementFromPoint(box.x + box.width / 2, box.y + box.height * at + off)?.closest('.message'))); })()""";

    private Page conversation() {
        String id = LongConversation.keep(server, MESSAGES);
        Page page = open("ann", 1280, com.microsoft.playwright.options.ColorScheme.LIGHT, "/#/chat/" + id);
        assertThat(page.locator(".message.last")).isVisible();
        return page;
    }

    private static List<Integer> questions(Page page) {
        return ((List<?>) page.evaluate(QUESTIONS))
                .stream().map(n -> ((Number) n).intValue()).toList();
    }

    private static void covered(Page page) {
        for (int i = 0; i < 100 && !Boolean.TRUE.equals(page.evaluate(COVERED)); i++) page.waitForTimeout(50);
        assertThat(page.evaluate(COVERED)).isEqualTo(true);
    }

    private static void inOrder(Page page) {
        List<Integer> q = questions(page);
        for (int i = 1; i < q.size(); i++) assertThat(q.get(i)).isEqualTo(q.get(i - 1) + 2);
        assertThat(page.locator(".message").count()).isLessThan(120);
    }

    @Test
    void itOpensAtItsEndAndScrollsToItsBeginning() {
        Page page = conversation();
        assertThat(questions(page)).endsWith(MESSAGES - 2);
        inOrder(page);
        Number whole = (Number) page.evaluate("document.getElementById('thread').scrollHeight");
        assertThat(whole.intValue()).as("as if all were there").isGreaterThan(MESSAGES * 50);
        page.locator("#thread").hover();
        for (int i = 0;
                i < 3000 && !Boolean.TRUE.equals(page.evaluate("document.getElementById('thread').scrollTop === 0"));
                i++) {
            page.mouse().wheel(0, -1500);
            page.waitForTimeout(16);
            if (i % 10 == 0) inOrder(page);
        }
        assertThat(page.locator(".message").first()).containsText("Question 0:");
        inOrder(page);
    }

    /** The question and where it is, once it has moved and come to rest; null in place of where if it is gone. */
    private static List<?> settled(Page page, List<?> before) {
        List<?> last = before;
        for (int i = 0, still = 0; i < 40; i++) {
            page.waitForTimeout(50);
            List<?> now = (List<?>) page.evaluate(FIND, before.getFirst());
            still = now.equals(last) && !now.equals(before) ? still + 1 : 0;
            if (still == 2) return now;
            // At an end of the conversation it does not move at all.
            if (i == 10 && now.equals(before)) return now;
            last = now;
        }
        return last;
    }

    @Test
    void whatIsLookedAtStaysWhileOthersComeAndGo() {
        Page page = conversation();
        Locator thread = page.locator("#thread");
        thread.hover();
        int steady = 0;
        for (int i = 0; i < 80; i++) {
            List<?> before = (List<?>) page.evaluate(LOOK);
            page.mouse().wheel(0, i < 40 ? -120 : 120);
            List<?> after = settled(page, before);
            if (after.get(1) == null) continue;
            double moved = ((Number) after.get(1)).doubleValue() - ((Number) before.get(1)).doubleValue();
            // At its end it does not scroll on.
            assertThat(moved).as("step " + i).isBetween(-123.0, 123.0);
            if (Math.abs(Math.abs(moved) - 120) < 3) steady++;
        }
        assertThat(steady).isGreaterThan(60);
    }

    @Test
    void theScrollBarReachesAnyPlace() {
        Page page = conversation();
        for (double share : new double[] {0.5, 0.1, 0.9, 0.0, 0.3, 1.0}) {
            page.evaluate(
                    "s => { const t = document.getElementById('thread'); t.scrollTop = (t.scrollHeight - t.clientHeight) * s; }",
                    share);
            covered(page);
            inOrder(page);
            int middle = questions(page).get(questions(page).size() / 2);
            assertThat((double) middle / MESSAGES).as("at " + share).isBetween(share - 0.25, share + 0.25);
        }
    }

    @Test
    void anAnswerDoesNotMoveWhoReadsElsewhere() {
        Page page = conversation();
        say(page, "/wait");
        server.models.scripted.words.release(3);
        assertThat(page.locator(".message.last")).containsText("word3");
        page.evaluate("document.getElementById('thread').scrollTop /= 2");
        covered(page);
        page.waitForTimeout(500);
        List<?> before = (List<?>) page.evaluate(LOOK);
        server.models.scripted.words.release(20);
        page.waitForTimeout(700);
        assertThat((List<?>) page.evaluate(LOOK)).asList().isEqualTo(before);
        button(page, "To the end");
        assertThat(page.locator(".message.last")).containsText("word23");
        assertThat(page.locator(".message.last .md")).isInViewport();
        button(page, "Stop");
        answered(page);
        inOrder(page);
    }
}
