package dev.dalang.pagetest;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What opens over a page: each with axe, by day and by night, wide and narrow. */
class DialogsTest extends Browsing {

    /** Looks at what is open, and closes it. */
    private static void look(Page page, String what) {
        page.waitForSelector(what);
        accessible(page);
        fits(page);
        page.keyboard().press("Escape");
        assertThat(page.locator(what)).hasCount(0);
    }

    private static void chosen(Page page, String item) {
        page.getByRole(
                        AriaRole.MENUITEM,
                        new Page.GetByRoleOptions().setName(item).setExact(true))
                .click();
    }

    @ParameterizedTest
    @CsvSource({"LIGHT, 390", "DARK, 1280"})
    void whatOpensIsAccessible(ColorScheme scheme, int width) {
        Page page = open("ora", width, scheme, "/");
        if (page.locator(".message").count() == 0) {
            say(page, "Why is the sky blue?");
            answered(page);
        }
        button(page, "More");
        look(page, ".menu");
        for (String panel : new String[] {"Branches", "Settings of this chat"}) {
            button(page, panel);
            look(page, ".panel");
        }
        page.locator(".message.user").hover();
        page.locator(".message.user button[aria-label=Edit]").click();
        accessible(page);
        page.keyboard().press("Escape");
        for (String item : new String[] {"Rename", "Move to a folder", "Delete"}) {
            if (width == PHONE) button(page, "Menu");
            page.locator(".entry .more").first().click();
            chosen(page, item);
            look(page, "dialog");
            page.keyboard().press("Escape");
        }
        if (width == PHONE) button(page, "Menu");
        button(page, "Keys and help");
        look(page, "dialog");
        page.navigate(server.address() + "/#/models");
        page.locator("article.model").getByText("Details").first().click();
        page.waitForSelector("dialog .section");
        look(page, "dialog");
        page.navigate(server.address() + "/#/machine");
        page.getByText("New key").click();
        look(page, "dialog");
    }
}
