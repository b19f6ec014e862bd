package dev.dalang.pagetest;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import org.junit.jupiter.api.Test;

/** Models, inside the model, machine, the first visit; and all pages in all forms. */
class PagesTest extends Browsing {

    @Test
    void aModelIsFetchedPausedAndRemoved() {
        Page page = open("/#/models");
        var card = page.locator("article.model", new Page.LocatorOptions().setHasText("Qwen3 4B"));
        assertThat(card).containsText("fits: Q4_K_M");
        card.getByText("Fetch").click();
        server.shelf.tenths.release(3);
        assertThat(card.locator("[role=progressbar]")).hasAttribute("aria-valuenow", "30");
        card.getByText("Pause").click();
        assertThat(card).containsText("paused");
        card.getByText("Go on").click();
        server.shelf.tenths.release(10);
        assertThat(page.locator("section[aria-label='On this machine']")).containsText("qwen3:4b");
        page.locator("button[aria-label='Remove qwen3:4b']").click();
        page.locator("dialog button", new Page.LocatorOptions().setHasText("Remove"))
                .click();
        assertThat(page.locator("section[aria-label='On this machine'] tbody tr"))
                .hasCount(1);
    }

    @Test
    void aLicenceIsAcceptedBeforeTheDownload() {
        Page page = open("/#/models");
        page.getByLabel("Fits this machine").uncheck();
        var card = page.locator("article.model", new Page.LocatorOptions().setHasText("Llama 3.3 70B"));
        assertThat(card).containsText("needs 44.0 GB of memory");
        assertThat(page.locator("article.model", new Page.LocatorOptions().setHasText("GPT-5")))
                .containsText("does not publish the weights");
        card.getByText("Details").click();
        assertThat(page.locator("dialog")).containsText("Will it fit here?");
        accessible(page);
        picture(page, "model-details");
        page.keyboard().press("Escape");
        card.getByText("Fetch").click();
        assertThat(page.locator("dialog")).containsText("Use it for anything; keep the notices.");
        accessible(page);
        page.getByLabel("I have read it, and accept it").check();
        page.getByText("Accept and fetch").click();
        assertThat(card).containsText("pulling llama3.3:70b");
        card.getByText("Pause").click();
        assertThat(card).containsText("paused");
    }

    @Test
    void aTextIsSeenThroughTheModel() {
        // The scripted model, which is chosen first, has no file to look into.
        expect("404 (Not Found)");
        Page page = open("/#/inside");
        page.selectOption("#inside-model", "dalang-mini");
        page.fill("#inside-text", "The capital of France is");
        // The page has looked at a text by itself: the tokens there now may be those, until all answers have come.
        Locator look = page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Look").setExact(true));
        page.waitForResponse(
                r -> r.url().endsWith("inside/tokens") && r.request().postData().contains("France"), look::click);
        assertThat(look).isVisible();
        assertThat(page.locator(".token")).hasCount(6);
        assertThat(page.locator(".token").nth(1)).containsText("The");
        assertThat(page.locator("button.candidate")).hasCount(12);
        assertThat(page.locator("button.candidate").first()).containsText("%");
        page.locator(".token").nth(3).click();
        assertThat(page.locator("#inside-panel")).containsText("What stands there");
        page.locator(".token").nth(5).click();
        page.locator("button.candidate").nth(1).click();
        assertThat(page.locator(".token")).hasCount(7);
        page.locator("#try-temperature").fill("0");
        assertThat(page.locator("div.candidate").first()).containsText("100 %");
        assertThat(page.locator("div.candidate").nth(1)).containsText("cut off");
        page.locator("#try-temperature").fill("2");
        assertThat(page.locator("div.candidate").nth(1)).containsText("%");
        page.selectOption("#att-layer", "2");
        page.selectOption("#att-head", "3");
        assertThat(page.locator("#attention")).isVisible();
        assertThat(page.locator(".attention + p")).containsText("looks most at");
        accessible(page);
        page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName("Architecture"))
                .click();
        assertThat(page.locator("#inside-panel")).containsText("11.5M");
        assertThat(page.locator(".layers button")).hasCount(8);
        page.locator(".layers button").first().click();
        assertThat(page.locator("#inside-panel")).containsText("attn_q.weight");
        accessible(page);
        picture(page, "architecture");
    }

    @Test
    void keysAreMadeOnceAndRevoked() {
        Page page = open("/#/machine");
        page.getByText("New key").click();
        page.fill("#key-name", "laptop");
        accessible(page);
        page.getByText("Make key").click();
        assertThat(page.locator(".secret")).containsText("dlg_");
        String secret = page.locator(".secret").innerText();
        page.locator("dialog button.primary").click();
        assertThat(page.locator("main")).containsText("laptop");
        page.locator("button[aria-label='Revoke laptop']").click();
        page.locator("dialog button", new Page.LocatorOptions().setHasText("Revoke"))
                .click();
        assertThat(page.locator("main")).containsText("revoked");
        assertThat(page.locator("main")).containsText("huggingface.co");
        assertThat(page.locator("main")).containsText("Eclipse Adoptium");
        assertThat(page.locator(".uplot canvas")).hasCount(3);
        assertThat(page.content()).doesNotContain(secret);
    }

    @Test
    void theFirstVisitIsShownAround() {
        Page page = open("/");
        page.evaluate("localStorage.setItem('dalang.tour', 'new')");
        page.reload();
        assertThat(page.locator("dialog")).containsText("Welcome to Dalang");
        accessible(page);
        picture(page, "tour");
        page.getByText("Next").click();
        page.getByText("Next").click();
        assertThat(page.locator("dialog")).containsText("Qwen3 4B");
        page.getByText("Begin").click();
        assertThat(page.locator("dialog")).hasCount(0);
        page.reload();
        page.waitForSelector("#draft");
        assertThat(page.locator("dialog")).hasCount(0);
    }

    @Test
    void thePageIsUsedByTheKeyboardAlone() {
        Page page = open("ivy", 1280, ColorScheme.LIGHT, "/");
        page.keyboard().press("Alt+2");
        assertThat(page.locator("h1")).hasText("Models");
        page.keyboard().press("Alt+1");
        page.waitForSelector("#draft");
        page.locator("body").press("Control+k");
        assertThat(page.locator("#search")).isFocused();
        page.keyboard().press("Escape");
        page.locator(".thread").focus();
        page.keyboard().press("/");
        assertThat(page.locator("#draft")).isFocused();
        page.keyboard().type("hello");
        page.keyboard().press("Enter");
        answered(page);
        page.locator(".thread").focus();
        page.keyboard().press("?");
        assertThat(page.locator("dialog")).containsText("New line");
        page.keyboard().press("Escape");
        assertThat(page.locator("dialog")).hasCount(0);
    }

    @Test
    void allPagesAreGoodInAllForms() {
        expect("404 (Not Found)");
        for (ColorScheme scheme : new ColorScheme[] {ColorScheme.LIGHT, ColorScheme.DARK}) {
            for (int width : new int[] {1280, PHONE}) {
                String form = (scheme == ColorScheme.DARK ? "dark" : "light") + (width == PHONE ? "-phone" : "");
                Page page = open("joe", width, scheme, "/");
                accessible(page);
                fits(page);
                picture(page, "welcome-" + form);
                say(page, "Why is the sky blue?");
                answered(page);
                assertThat(page.locator(".figures")).containsText("tokens/s");
                accessible(page);
                fits(page);
                picture(page, "chat-" + form);
                if (width == PHONE) {
                    page.getByRole(
                                    AriaRole.BUTTON,
                                    new Page.GetByRoleOptions().setName("Menu").setExact(true))
                            .click();
                    assertThat(page.locator(".nav")).isVisible();
                    picture(page, "menu-" + form);
                    page.keyboard().press("Escape");
                }
                for (String name : new String[] {"models", "inside", "machine"}) {
                    page.navigate(server.address() + "/#/" + name);
                    page.waitForSelector(".content h1");
                    if (name.equals("inside")) {
                        page.selectOption("#inside-model", "dalang-mini");
                        page.waitForSelector("#attention");
                    } else if (name.equals("models")) page.waitForSelector("article.model");
                    else page.waitForSelector(".uplot");
                    accessible(page);
                    fits(page);
                    picture(page, name + "-" + form);
                }
            }
        }
    }
}
