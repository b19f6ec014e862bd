package dev.dalang.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code search}, {@code show}, {@code fit} and {@code catalogue} on what is not here. */
class CatalogueCommandsTest {

    @TempDir
    Path home;

    private Shell shell;

    @BeforeEach
    void start() {
        shell = new Shell(home);
    }

    private String ok(Object... args) {
        Shell.Result r = shell.run(args);
        assertThat(r.code()).as(r.err()).isZero();
        return r.out();
    }

    @Test
    void canIDownloadChatGpt() {
        String out = ok("search", "can", "I", "download", "ChatGPT?");
        assertThat(out.lines().takeWhile(l -> !l.isEmpty())).allMatch(l -> l.length() <= 110);
        assertThat(out.substring(0, out.indexOf("\n\n")).replace('\n', ' '))
                .startsWith("No. ")
                .contains("hosted only: OpenAI does not publish the weights")
                .contains("Reach the newest with openai/gpt-6")
                .contains("Nearest downloadable: ")
                .contains("Apache-2.0");
        assertThat(out).contains("openai/gpt-4o");
        assertThat(ok("search", "can I download ChatGPT?", "--json")).contains("\"answer\": \"No. ");
    }

    @Test
    void whatCanBeDownloadedIsAnsweredWithYes() {
        assertThat(ok("search", "can I run smollm2:135m here?"))
                .startsWith("Yes. smollm2:135m")
                .contains("dalang pull smollm2:135m");
    }

    @Test
    void filtersOfSearch() {
        assertThat(ok("search", "--licence", "osi-only", "--max-size", "2b", "--open")
                        .lines())
                .hasSizeGreaterThan(3)
                .allMatch(l -> l.startsWith("NAME") || l.contains("Apache-2.0") || l.contains("MIT"));
        assertThat(ok("search", "--task", "code", "--json"))
                .contains("\"models\"", "\"qwen3-coder:30b\"", "\"digest\": \"sha256:")
                .doesNotContain("\"gemma2:2b\"");
        assertThat(ok("search", "--language", "Indonesian", "--open")).contains("sahabat-ai:9b");
        assertThat(ok("search", "llama", "--licence", "Llama-4"))
                .contains("llama4:scout")
                .doesNotContain("llama3.1:8b");
        assertThat(shell.run("search", "zzyzx").err()).contains("nothing in the catalogue");
        assertThat(shell.run("search", "--task", "cooking").code()).isEqualTo(ExitCode.USAGE);
        assertThat(shell.run("search", "--max-size", "big").code()).isEqualTo(ExitCode.USAGE);
        assertThat(shell.run("search", "--licence", "free-beer").code()).isEqualTo(ExitCode.USAGE);
    }

    private static String sentences(String out) {
        assertThat(out).contains("\n\nNAME");
        return out.substring(0, out.indexOf("\n\nNAME")).replace('\n', ' ');
    }

    /** Only Claude's publisher names Yoruba; that is no word about which weights are published. */
    @Test
    void aLanguageThatNoDownloadableModelNames() {
        assertThat(sentences(ok("search", "--language", "Yoruba")))
                .startsWith("Nothing downloadable in the catalogue is like that; Claude")
                .contains("more are hosted only. Reach the newest with anthropic/")
                .contains("But some downloadable models claim more languages than they name, and Yoruba may be")
                .containsPattern(" \\(1\\d\\d languages, ")
                .doesNotContain("No. ", "Nearest downloadable", "does not publish");
        assertThat(sentences(ok("search", "which", "models", "speak", "Yoruba?")))
                .startsWith("No. Nothing downloadable in the catalogue is like that; ");
        assertThat(shell.run("search", "--language", "yo", "--open").err())
                .contains("nothing downloadable in the catalogue of ")
                .containsPattern("is like that; there are \\d+ hosted models; some downloadable models claim")
                .contains("Yoruba may be among them");
        // Some fit nothing, however small the machine or large: what is asked for is larger than any.
        assertThat(shell.run("search", "--language", "en", "--fits", "--min-size", "900b")
                        .err())
                .contains(
                        "nothing downloadable in the catalogue",
                        " is like that and fits here; without --fits there are")
                .doesNotContain("claim more languages", "hosted model");
    }

    @Test
    void whatSomeDownloadableModelsHaveIsNotSaidToBeHostedOnly() {
        assertThat(ok("search", "--language", "German")).startsWith("NAME").contains("hosted", "qwen3:8b");
        assertThat(sentences(ok("search", "which models have vision?")))
                .startsWith("Yes")
                .containsPattern("\\d+ models like that are hosted only\\.$")
                .doesNotContain("does not publish", "Nearest");
        // Who wants hosted ones gets them without a lecture, and no "No" where there are others.
        assertThat(ok("search", "--hosted", "--task", "vision")).startsWith("NAME");
        assertThat(sentences(ok("search", "--hosted", "which models have vision?")))
                .doesNotContain("No. ", "Nothing downloadable")
                .contains("hosted only. Reach the newest with");
        assertThat(shell.run("search", "--hosted", "smollm2").err())
                .contains("nothing hosted in the catalogue of ", " downloadable models")
                .doesNotContain("claim");
    }

    /** What is near to a model in general is not proposed where it lacks what was asked for. */
    @Test
    void theNearestHaveWhatWasAskedFor() {
        assertThat(sentences(ok("search", "claude", "haiku", "--language", "Yoruba")))
                .contains("are hosted only: Anthropic does not publish the weights")
                .doesNotContain("No. ", "Nearest downloadable");
        assertThat(sentences(ok("search", "claude", "haiku"))).contains("Nearest downloadable: gpt-oss");
    }

    @Test
    void showTellsOfWhatIsNotHere() {
        assertThat(ok("show", "llama3.1:8b"))
                .contains("asks for an account and consent", "700 million", "Built with Llama", "sources", "✓");
        assertThat(ok("show", "openai/gpt-5")).contains("not published: hosted only", "gpt-oss:20b");
        assertThat(ok("show", "deepseek-r1-distill-llama:8b", "--json")).contains("\"licence\": \"Llama-3.1\"");
        Shell.Result none = shell.run("show", "qwen3:9000b");
        assertThat(none.code()).isEqualTo(ExitCode.MODEL_UNAVAILABLE);
        assertThat(none.err()).contains("qwen3:0.6b");
    }

    @Test
    void aDerivativeShowsTheLicenceOfItsBase() {
        assertThat(ok("show", "deepseek-r1:8b")).contains("licence of qwen3:8b, which follows");
    }

    @Test
    void fitOfACatalogueModel() {
        assertThat(ok("fit", "smollm2:135m", "--no-speed", "-c", "2048"))
                .contains("SmolLM2 135M", "QUANT", "Q4_K_M", "comfortable", "Recommended: ");
        assertThat(ok("fit", "smollm2:135m", "--no-speed", "--json"))
                .contains("\"verdict\": \"comfortable\"", "\"cache_bytes\": ", "\"runtime_bytes\"");
        Shell.Result large = shell.run("fit", "deepseek-r1:671b", "--no-speed", "-c", "4096");
        assertThat(large.code()).isEqualTo(ExitCode.DOES_NOT_FIT);
        assertThat(large.out()).contains("Nothing of it fits here").contains("more free memory");
        Shell.Result hosted = shell.run("fit", "claude-opus-4-8");
        assertThat(hosted.code()).isEqualTo(ExitCode.MODEL_UNAVAILABLE);
        assertThat(hosted.err()).contains("hosted only", "anthropic/claude-opus-4-8");
        assertThat(ok("fit", "smollm2:135m", "--no-speed", "--cache-type", "q4_0"))
                .contains("KV Q4_0");
        for (String[] wrong : List.of(
                new String[] {"-c", "0"}, new String[] {"-r", "0"}, new String[] {"--cache-type", "Q3"}, new String[] {
                    "--cache-type", "Q4_K"
                })) {
            Shell.Result refused = shell.run("fit", "smollm2:135m", wrong[0], wrong[1]);
            assertThat(refused.code()).isEqualTo(ExitCode.USAGE);
            assertThat(refused.err()).doesNotContain("measuring");
        }
        assertThat(shell.run("fit", "smollm2:135m", "--quant", "Q77").err()).contains("no Q77");
    }

    @Test
    void anOwnCatalogueIsSignedAndTakenIntoUse() throws IOException {
        String key = ok("catalogue", "key", home.resolve("my.key")).strip();
        assertThat(shell.run("catalogue", "key", home.resolve("my.key")).code()).isEqualTo(ExitCode.USAGE);
        Path file = Files.writeString(home.resolve("own.json"), """
                {"schema": 1, "serial": 9999999999, "date": "2027-01-01",
                 "sources": [{"id": "a", "title": "A", "url": "https://example.com", "read": "2027-01-01"}],
                 "models": [{"name": "house:1b", "title": "House", "publisher": "We", "family": "House",
                   "access": "open", "architecture": "llama", "licence": "MIT", "weights": "hf.co/we/house",
                   "sources": [{"facts": ["licence"], "source": "a", "at": "page", "verified": true}]}]}
                """);
        assertThat(shell.run("catalogue", "sign", file, "--key", home.resolve("my.key"))
                        .code())
                .isZero();
        Shell.Result stranger = shell.run("catalogue", "update", "--file", file);
        assertThat(stranger.code()).isEqualTo(ExitCode.USAGE);
        assertThat(stranger.err()).contains("not trusted");
        shell.write("config", "catalogue-key = " + key + "\n");
        assertThat(ok("catalogue", "update", "--file", file)).contains("9999999999", "by an update");
        assertThat(ok("search", "house")).contains("house:1b");
        assertThat(shell.run("catalogue", "update").code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void theCatalogueSaysWhatItIs() {
        assertThat(ok("catalogue")).contains("downloadable", "hosted only", "were read at their source");
        assertThat(ok("catalogue", "--json")).contains("\"signed_by\"");
    }

    @Test
    void runningWhatIsNotHereSaysHowToGetIt() {
        Shell.Result open = shell.run("run", "smollm2:135m", "hello");
        assertThat(open.code()).isEqualTo(ExitCode.MODEL_UNAVAILABLE);
        assertThat(open.err()).contains("`dalang pull smollm2:135m` fetches it");
        assertThat(shell.run("run", "openai/gpt-5", "hello").err()).contains("hosted only", "openai/gpt-5");
    }

    @Test
    void licencesAreExplained() {
        assertThat(ok("licences", "gemma"))
                .contains("Gemma Terms of Use", "prohibited use policy", "the text alone binds");
        assertThat(ok("licences", "--known"))
                .contains("Llama-3.1", "CC-BY-NC-4.0")
                .doesNotContain("OpenAI-Terms");
        assertThat(shell.run("licences", "beerware").code()).isEqualTo(ExitCode.USAGE);
        assertThat(shell.run("licences", "--accepted").err()).contains("no licence was accepted here");
    }
}
