package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code dalang redact} and {@code dalang policy}. */
class RedactCommandsTest {

    @TempDir
    Path home;

    private Shell shell;

    @BeforeEach
    void shell() {
        shell = new Shell(home);
    }

    @Test
    void standardInputGoesToStandardOutputRedacted() {
        shell.stdin = "Write to anna@example.com\nor pay DE89 3704 0044 0532 0130 00\n";
        Shell.Result result = shell.run("redact");
        assertThat(result.out()).isEqualTo("Write to [EMAIL_1]\nor pay [IBAN_1]\n");
        assertThat(result.err()).contains("1 e-mail address and 1 bank account, replaced");
    }

    @Test
    void theReportSaysWhereAndNeverWhat() {
        Path file = shell.write("note.txt", "hello\n my name is Anna Schmidt");
        Shell.Result result = shell.run("redact", file, "--report");
        assertThat(result.out())
                .contains("KIND")
                .containsPattern("name +name +2 +13 +12")
                .doesNotContain("Anna");
        assertThat(shell.run("redact", file, "--json").out())
                .contains("\"text\": \"hello\\n my name is [NAME_1]\"")
                .contains("\"start\": 18");
    }

    @Test
    void kindsCanBeChosen() {
        shell.stdin = "anna@example.com 10.1.2.3";
        assertThat(shell.run("redact", "--kinds", "ip").out()).isEqualTo("anna@example.com [IP_1]");
        Shell.Result wrong = shell.run("redact", "--kinds", "ips");
        assertThat(wrong.code()).isEqualTo(ExitCode.USAGE);
        assertThat(wrong.err()).contains("national_id");
    }

    @Test
    void aFileThatIsNotThere() {
        Shell.Result result = shell.run("redact", home.resolve("gone.txt"));
        assertThat(result.code()).isEqualTo(ExitCode.FAILED);
        assertThat(result.err()).contains("gone.txt");
    }

    @Test
    void policyCheckSaysTheOutcomeAndWhy() {
        Path request = shell.write("request.json", """
                {"model": "openai/gpt-5", "messages": [
                  {"role": "system", "content": "Help."},
                  {"role": "user", "content": [{"type": "text", "text": "my card is 4111 1111 1111 1111, mail a@example.com"}]}],
                 "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}]}
                """);
        Shell.Result byDefault = shell.run("policy", "check", request);
        assertThat(byDefault.code()).isZero();
        assertThat(byDefault.out())
                .startsWith("the request holds 1 e-mail address and 1 payment card; it goes to openai/gpt-5 as it is")
                .contains("api_key: redact by default");

        shell.write(
                "policy.toml",
                "default = \"redact\"\n[[rule]]\nname = \"no cards\"\nprovider = \"openai\"\nkind = \"card\"\naction = \"block\"\n");
        Shell.Result refused = shell.run("policy", "check", request);
        assertThat(refused.code()).isEqualTo(ExitCode.FAILED);
        assertThat(refused.out())
                .contains("it is refused")
                .contains("card: block by the rule \"no cards\"")
                .doesNotContain("4111");

        Shell.Result elsewhere = shell.run("policy", "check", request, "--model", "mistral/large", "--json");
        assertThat(elsewhere.code()).isZero();
        assertThat(elsewhere.out()).contains("\"outcome\": \"redact\"").contains("\"header\": \"email=1, card=1\"");

        assertThat(shell.run("policy", "check", request, "--model", "qwen3:4b").out())
                .contains("on this machine");
        assertThat(shell.run("policy").out()).contains("no cards").contains("(default)");
    }

    @Test
    void whatIsWrongIsSaid() {
        assertThat(shell.run("policy", "check", shell.write("x.json", "{")).err())
                .contains("not valid JSON");
        assertThat(shell.run("policy", "check", shell.write("x.json", "{\"model\": \"m\"}"))
                        .err())
                .contains("messages is required");
        assertThat(shell.run(
                                "policy",
                                "check",
                                shell.write("x.json", "{\"model\": \"m\", \"messages\": [{\"role\": \"boss\"}]}"))
                        .err())
                .contains("role must be system");
        shell.write("policy.toml", "defalt = \"redact\"");
        assertThat(shell.run("policy").err()).contains("policy.toml line 1").contains("defalt");
    }
}
