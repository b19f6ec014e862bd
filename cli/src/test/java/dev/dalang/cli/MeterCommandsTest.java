package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.api.Usage;
import dev.dalang.ledger.Account;
import dev.dalang.ledger.BookRules;
import dev.dalang.ledger.Books;
import dev.dalang.ledger.Counts;
import dev.dalang.ledger.Intent;
import dev.dalang.ledger.Ledger;
import dev.dalang.ledger.Money;
import dev.dalang.ledger.Outcome;
import dev.dalang.ledger.RequestId;
import dev.dalang.ledger.Settlement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code dalang usage}, {@code prices}, {@code budgets} and {@code route}. */
class MeterCommandsTest {

    @TempDir
    Path home;

    private Shell shell;

    @BeforeEach
    void shell() {
        shell = new Shell(home);
    }

    private void answered(String day, String model, int prompt, int completion, Long picos) {
        Instant at = Instant.parse(day + "T10:00:00Z");
        try (Ledger ledger = Ledger.open(home.resolve("ledger.db"));
                Books books = ledger.books(BookRules.standard(home.resolve("journals")))) {
            Intent n = new Intent(
                    RequestId.next(at), at, Account.local("ann"), "cli", model, null, 100, "v", Map.of(), null);
            books.open(n);
            books.settle(new Settlement(
                    n.id(),
                    at,
                    model,
                    null,
                    "p",
                    "id-" + prompt,
                    null,
                    Outcome.DONE,
                    "end_of_turn",
                    null,
                    Counts.EXACT,
                    Usage.of(prompt, completion),
                    null,
                    Duration.ofSeconds(1),
                    picos == null ? null : new Money(picos),
                    Money.ZERO,
                    "v",
                    null,
                    null));
        }
    }

    @Test
    void usageIsAddedUp() {
        answered("2026-11-02", "openai/gpt-5", 100, 10, 225_000_000L);
        answered("2026-11-02", "openai/gpt-5", 200, 20, 450_000_000L);
        answered("2026-11-03", "nobody/knows", 7, 1, null);
        Shell.Result table = shell.run("usage", "--by", "day,model");
        assertThat(table.out().lines())
                .hasSize(3)
                .anyMatch(l -> l.matches("2026-11-02 +openai/gpt-5 +2 +0 +300 +0 +30 +0 +\\$0.000675"))
                .anyMatch(l -> l.matches("2026-11-03 +nobody/knows +1 .*\\$0.00 \\?"));
        assertThat(shell.run("usage", "--since", "2026-11-03", "--json").out())
                .contains("\"day\": \"2026-11-03\"", "\"unpriced_requests\": 1");
        assertThat(shell.run("usage", "--of-key", "nosuch").err()).contains("no request of the ledger is of these");
        assertThat(shell.run("usage", "--since", "2026-11-04", "--until", "2026-11-03")
                        .code())
                .isEqualTo(ExitCode.USAGE);
        assertThat(shell.run("usage", "--csv").out().lines().skip(1).findFirst())
                .hasValueSatisfying(l -> assertThat(l).startsWith("2026-11-02,2,0,300,0,0,30,0,0.000675,"));
        assertThat(shell.run("usage", "--plot").out()).contains("#".repeat(40));
        assertThat(shell.run("usage", "what-if", "--model", "openai/gpt-5-mini").out())
                .containsPattern("as it was +3 +\\$0.000675 +1")
                .containsPattern("openai/gpt-5-mini +3 ");
        assertThat(shell.run("usage", "export", "--format", "csv").out().lines())
                .hasSize(4);
        assertThat(shell.run("usage", "forget", "2026-11-03").err()).contains("2 requests forgotten");
        assertThat(shell.run("usage", "--json", "--csv").code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void largeCostsAndLongNamesStayInTheirPlaces() throws Exception {
        answered("2026-11-02", "openai/gpt-5", 100, 10, 1_000_000_000_000_000_000L);
        answered("2026-11-02", "openai/" + "x".repeat(300), 200, 20, 500_000_000_000_000_000L);
        assertThat(shell.run("usage", "--by", "model", "--plot").out())
                .containsPattern("openai/gpt-5 +#{40} +\\$1000000.00")
                .containsPattern("openai/x+… +#{20} +\\$500000.00")
                .doesNotContain("x".repeat(90));
        assertThat(shell.run("usage", "--by", "model", "--json").out()).contains("x".repeat(300));
    }

    @Test
    void anInvoiceIsCompared() throws Exception {
        answered("2026-11-02", "openai/gpt-5", 100, 10, 225_000_000L);
        Path invoice = home.resolve("invoice.csv");
        Files.writeString(
                invoice,
                "id,date,model,prompt_tokens,completion_tokens,cost_usd\n"
                        + "id-100,2026-11-02,gpt-5-2025-08-07,100,10,0.000225\n");
        Shell.Result equal = shell.run("usage", "reconcile", invoice);
        assertThat(equal.out()).contains("1 request agrees, 0 differ");
        assertThat(equal.code()).isZero();
        Files.writeString(
                invoice, "id,date,model,prompt_tokens,completion_tokens\nid-100,2026-11-02,openai/gpt-5,100,12\n");
        assertThat(shell.run("usage", "reconcile", invoice).code()).isEqualTo(ExitCode.FAILED);
        // Exact or not, what is billed is what is paid; but a provider that counts twice over is worth a look.
        Shell.Result applied = shell.run("usage", "reconcile", invoice, "--apply");
        assertThat(applied.code()).isZero();
        assertThat(applied.err())
                .contains("the provider itself had counted 1 request otherwise:")
                .contains("(exact): 110 tokens here, 112 invoiced")
                .contains("1 request corrected");
        assertThat(shell.run("usage").out()).containsPattern("12 +0 +\\$0.000245");
        Files.writeString(
                invoice,
                "id,date,model,prompt_tokens,completion_tokens,cost_usd\nid-100,2026-11-02,gpt-5,100,12,0.0003\n");
        assertThat(shell.run("usage", "reconcile", invoice).out())
                .contains("(invoiced): 112 tokens and $0.000245 here, 112 and $0.0003 invoiced");
        // A line that comes twice was charged twice.
        String line = "2026-11-02,gpt-5,100,12,id-100\n";
        Files.writeString(invoice, "date,model,prompt_tokens,completion_tokens,id\n" + line + line);
        Shell.Result twice = shell.run("usage", "reconcile", invoice);
        assertThat(twice.code()).isEqualTo(ExitCode.FAILED);
        assertThat(twice.out())
                .contains("1 request agrees, 0 differ, 1 is in the invoice alone")
                .contains("  id-100 (gpt-5): in the invoice alone, 112 tokens");
        // As a spreadsheet writes it elsewhere, with a column that says nothing here.
        Files.writeString(
                invoice,
                "\uFEFFcurrency;Date;model;completion_tokens;prompt_tokens\rEUR;2026-11-02;\"gpt-5\";12;100\r");
        Shell.Result semicolons = shell.run("usage", "reconcile", invoice);
        assertThat(semicolons.code()).as(semicolons.err()).isZero();
        assertThat(semicolons.err()).contains("columns that were not read: currency");
        Files.writeString(invoice, "date,model\n\n\"2026-11-02\",\"a\nb\"\nsoon,x\n");
        assertThat(shell.run("usage", "reconcile", invoice).err()).contains("line 5: \"soon\" is no date");
    }

    @Test
    void pricesAreShownAndOverridden() throws Exception {
        assertThat(shell.run("prices", "openai/gpt-5").out())
                .containsPattern("output +10\n")
                .contains("https://");
        assertThat(shell.run("prices", "--json").code()).isZero();
        assertThat(shell.run("prices", "nobody/knows").code()).isEqualTo(ExitCode.FAILED);
        Files.writeString(
                home.resolve("prices.json"),
                "{\"version\":\"1\",\"currency\":\"USD\",\"unit\":\"1 million tokens\","
                        + "\"models\":[{\"model\":\"a/b\",\"prices\":{\"input\":-1,\"output\":1},\"source\":\"x\",\"date\":\"2026-01-01\"}]}");
        Shell.Result wrong = shell.run("prices");
        assertThat(wrong.code()).isEqualTo(ExitCode.USAGE);
        assertThat(wrong.err()).contains("entry 1 (a/b) input is below zero").hasLineCount(1);
    }

    @Test
    void budgetsAreSetAndRemoved() {
        assertThat(shell.run("budgets", "set", "--key", "k1", "--period", "month", "--usd", "20")
                        .code())
                .isZero();
        assertThat(shell.run("budgets", "set", "--team", "r", "--name", "Research", "--member", "k1", "--rpm", "60")
                        .code())
                .isZero();
        // A key that nobody has is said; of one that is there, nothing.
        assertThat(shell.run("budgets", "set", "--key", "k2", "--rpm", "1").err())
                .contains("no key has the id k2 so far");
        assertThat(shell.run("budgets", "set", "--team", "typo", "--rpm", "1").err())
                .contains("no key is in the team typo so far");
        assertThat(shell.run("budgets", "set", "--team", "r", "--rpm", "60").err())
                .isEmpty();
        String made = shell.run("keys", "create", "web", "--json").out();
        String id = made.replaceAll("(?s).*\"id\": *\"([^\"]+)\".*", "$1");
        assertThat(shell.run("budgets", "set", "--key", id, "--rpm", "1").err()).isEmpty();
        Shell.Result list = shell.run("budgets", "list");
        assertThat(list.out())
                .containsPattern("key k1 +month +\\S+ +\\$20.00")
                .contains("team r: 60 requests a minute");
        assertThat(shell.run("budgets", "remove", "--key", "k1").code()).isZero();
        assertThat(shell.run("budgets", "remove", "--key", "k1").code()).isEqualTo(ExitCode.FAILED);
        assertThat(shell.run("budgets", "set", "--all", "--period", "day", "--usd", "ten")
                        .err())
                .contains("'ten' is no number like 12.50")
                .doesNotContain("java");
        assertThat(shell.run("budgets", "set", "--usd", "1").code()).isEqualTo(ExitCode.USAGE);
        assertThat(shell.run("budgets", "set", "--all", "--usd", "-1", "--period", "day")
                        .code())
                .isEqualTo(ExitCode.USAGE);
    }

    @Test
    void aRouteIsExplained() throws Exception {
        shell.environment.put("OPENAI_API_KEY", "sim-key");
        Files.writeString(
                home.resolve("routes.toml"),
                "[route.fast]\nmodels = [\"openai/gpt-5-mini\", \"gone\"]\nmay-leave = true\n");
        Path request = home.resolve("request.json");
        Files.writeString(request, "{\"model\":\"fast\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
        assertThat(shell.run("route", "explain", "--help").out())
                .contains("--power-watts")
                .doesNotContain("--unknown-price", "--ledger-away", "--keep-texts");
        Shell.Result told = shell.run("route", "explain", request);
        assertThat(told.code()).isZero();
        assertThat(told.out())
                .containsPattern("1. +openai/gpt-5-mini +hosted +number 1 of the route")
                .containsPattern("no +gone +there is no such model here");
        Files.writeString(request, "{\"model\":\"gone\",\"messages\":[]}");
        assertThat(shell.run("route", "explain", request).code()).isEqualTo(ExitCode.USAGE);
    }
}
