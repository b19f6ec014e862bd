package dev.dalang.gateway.price;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.api.Usage;
import dev.dalang.ledger.Money;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PriceTableTest {

    @TempDir
    Path folder;

    private static final PriceTable TABLE = PriceTable.builtIn();

    private static Money cost(String model, Usage usage, String tier) {
        return Cost.of(TABLE.find(model).orElseThrow(), usage, tier, 0).orElseThrow();
    }

    @Test
    void theListHasManyModelsEachWithSourceAndDate() {
        assertThat(TABLE.models()).hasSizeGreaterThanOrEqualTo(150);
        assertThat(TABLE.models()).allSatisfy(p -> {
            assertThat(p.source()).startsWith("https://");
            assertThat(p.date()).isBetween(LocalDate.of(2024, 1, 1), LocalDate.of(2026, 10, 24));
            assertThat(p.base().input() + p.base().output()).as(p.model()).isPositive();
            // Caching and other tiers are never dearer than a slip of the decimal point would make them.
            assertThat(p.base().cachedOrInput())
                    .as(p.model())
                    .isLessThanOrEqualTo(p.base().input());
            p.tiers()
                    .values()
                    .forEach(t -> assertThat(t.input())
                            .isBetween(p.base().input() / 4, p.base().input() * 4));
        });
        assertThat(TABLE.version()).isEqualTo("2026-10-24");
    }

    /** Also where the alias is a name of the list: whoever writes a price file means it. */
    @Test
    void aUsersAliasGoesBeforeTheListsNames() throws Exception {
        Path own = folder.resolve("prices.json");
        Files.writeString(own, """
                {"version":"mine","currency":"USD","unit":"1 million tokens","models":[
                  {"model":"corp/flat","aliases":["openai/gpt-5"],"prices":{"input":7,"output":8},
                   "source":"contract","date":"2026-01-01"},
                  {"model":"openai/gpt-5-mini","prices":{"input":3,"output":4},"source":"contract","date":"2026-01-01"}]}
                """);
        PriceTable table = TABLE.with(own);
        assertThat(table.find("openai/gpt-5").orElseThrow().model()).isEqualTo("corp/flat");
        assertThat(table.find("openai/gpt-5-mini").orElseThrow().base().input()).isEqualTo(3_000_000);
        assertThat(table.find("openai/gpt-5-nano")).isEqualTo(TABLE.find("openai/gpt-5-nano"));
    }

    /** Worked out by hand from the figures of the providers' pages. */
    @Test
    void costsAreExact() {
        Usage u = new Usage(1_000, 200, 0, 500, 100, Map.of());
        // 800 x 1.25 + 200 x 0.125 + 500 x 10, all USD per million
        assertThat(cost("openai/gpt-5", u, null).usd()).isEqualByComparingTo("0.006025");
        assertThat(cost("openai/gpt-5-2025-08-07", u, "default").usd()).isEqualByComparingTo("0.006025");
        assertThat(cost("openai/gpt-5", u, "flex").usd()).isEqualByComparingTo("0.0030125");
        assertThat(cost("openai/gpt-5", u, "priority").usd()).isEqualByComparingTo("0.01205");
        // 100 plain, 200 cached, 300 written for 5 minutes, 400 for an hour
        Usage writes = new Usage(1_000, 200, 700, 10, 0, Map.of("cache_write_1h_tokens", 400L));
        assertThat(cost("anthropic/claude-haiku-4-5", writes, null).usd())
                .isEqualByComparingTo(new BigDecimal("100e-6")
                        .add(new BigDecimal("20e-6"))
                        .add(new BigDecimal("375e-6"))
                        .add(new BigDecimal("800e-6"))
                        .add(new BigDecimal("50e-6")));
        // A prompt above the threshold costs more, all of it.
        assertThat(cost("gemini/gemini-2.5-pro", Usage.of(200_000, 1_000), null).usd())
                .isEqualByComparingTo("0.26");
        assertThat(cost("gemini/gemini-2.5-pro", Usage.of(200_001, 1_000), null).usd())
                .isEqualByComparingTo("0.5150025");
        Usage searched = new Usage(0, 0, 0, 0, 0, Map.of("web_search_requests", 3L));
        assertThat(cost("anthropic/claude-haiku-4-5", searched, null).usd()).isEqualByComparingTo("0.03");
    }

    @Test
    void whatIsNotKnownIsNotZero() {
        assertThat(TABLE.find("openai/gpt-99")).isEmpty();
        assertThat(TABLE.find("gpt-5")).isEmpty();
        ModelPrice gpt5 = TABLE.find("openai/gpt-5").orElseThrow();
        assertThat(Cost.of(gpt5, Usage.of(1, 1), "scale", 0)).isEmpty();
        assertThat(Cost.of(gpt5, new Usage(9, 0, 0, 1, 0, Map.of("prompt_audio_tokens", 5L)), null, 0))
                .isEmpty();
        ModelPrice pro = TABLE.find("gemini/gemini-2.5-pro").orElseThrow();
        assertThat(Cost.of(pro, Usage.of(300_000, 1), "batch", 0)).isEmpty();
        assertThat(Cost.worst(gpt5, 10, 10, null, Set.of(Cost.Extra.SEARCH))).isEmpty();
    }

    @Test
    void bedrocksRegionsAreFound() {
        String model = "anthropic.claude-sonnet-4-5-20250929-v1:0";
        Money global = cost("bedrock/global." + model, Usage.of(1_000_000 / 10, 0), null);
        Money europe = cost("bedrock/eu." + model, Usage.of(1_000_000 / 10, 0), null);
        assertThat(europe).isGreaterThan(global);
        assertThat(cost("bedrock/" + model, Usage.of(1_000_000 / 10, 0), null)).isEqualTo(europe);
    }

    /** Which of the two counts would be by chance. */
    @Test
    void oneNameWithTwoPricesIsRefused() throws Exception {
        Path own = folder.resolve("prices.json");
        String entry = "{\"model\":\"%s\",\"aliases\":[\"%s\"],\"prices\":{\"input\":%d,\"output\":1},\"source\":\"s\","
                + "\"date\":\"2026-01-01\"}";
        for (String second : new String[] {"a/other", "a/same"}) {
            Files.writeString(
                    own,
                    "{\"version\":\"v\",\"currency\":\"USD\",\"unit\":\"1 million tokens\",\"models\":["
                            + String.format(entry, "a/first", "a/same", 1) + ","
                            + String.format(entry, second, second.equals("a/same") ? "a/x" : "a/same", 9) + "]}");
            assertThatThrownBy(() -> TABLE.with(own)).hasMessageContaining("has two prices for a/same");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "input":-1,"output":2        | input is below zero
            "input":1                    | has no price for output
            "input":"1","output":2       | input must be a number
            "input":1,"output":2,"oops":3| has a field oops
            "input":1250000,"output":2   | is it the price of one?
            "input":1e-9999999,"output":2| input has too many digits
            """)
    void aWrongFileIsRefusedByName(String prices, String why) throws Exception {
        Path file = folder.resolve("prices.json");
        Files.writeString(
                file,
                file("{\"model\":\"a/b\",\"prices\":{" + prices
                        + "},\"source\":\"https://a\",\"date\":\"2026-01-01\"}"));
        assertThatThrownBy(() -> TABLE.with(file))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining(why)
                .hasMessageContaining("a/b");
    }

    @Test
    void aMarkOfTheEncodingIsNoPartOfAFile() throws Exception {
        Path file = folder.resolve("prices.json");
        Files.writeString(
                file,
                "\uFEFF"
                        + file(
                                "{\"model\":\"a/b\",\"prices\":{\"input\":1,\"output\":1},\"source\":\"x\",\"date\":\"2026-01-01\"}"));
        assertThat(TABLE.with(file).find("a/b")).isPresent();
    }

    @Test
    void holesAreRefused() throws Exception {
        Path file = folder.resolve("prices.json");
        for (String entry : new String[] {
            "{\"model\":\"a/b\",\"prices\":{\"input\":1,\"output\":1},\"date\":\"2026-01-01\"}",
            "{\"model\":\"a/b\",\"prices\":{\"input\":1,\"output\":1},\"source\":\"x\",\"date\":\"soon\"}",
            "{\"model\":\"b\",\"prices\":{\"input\":1,\"output\":1},\"source\":\"x\",\"date\":\"2026-01-01\"}",
            "{\"model\":\"a/b\",\"source\":\"x\",\"date\":\"2026-01-01\"}",
            "7"
        }) {
            Files.writeString(file, file(entry));
            assertThatThrownBy(() -> TABLE.with(file)).as(entry).isInstanceOf(DalangException.class);
        }
        Files.writeString(file, "{\"version\":\"1\"");
        assertThatThrownBy(() -> TABLE.with(file)).hasMessageContaining("is not JSON");
    }

    @Test
    void aUsersFileReplacesAndAdds() throws Exception {
        Path file = folder.resolve("prices.json");
        Files.writeString(
                file,
                file("{\"model\":\"openai/gpt-5\",\"prices\":{\"input\":1,\"output\":1},\"source\":\"our contract\","
                        + "\"date\":\"2026-10-01\"},{\"model\":\"house/llama\",\"prices\":{\"input\":0,\"output\":0},"
                        + "\"source\":\"our own server\",\"date\":\"2026-10-01\"}"));
        PriceTable own = TABLE.with(file);
        assertThat(Cost.of(own.find("openai/gpt-5").orElseThrow(), Usage.of(500_000, 500_000), null, 0))
                .hasValueSatisfying(m -> assertThat(m.usd()).isEqualByComparingTo("1"));
        assertThat(Cost.of(own.find("house/llama").orElseThrow(), Usage.of(5, 5), null, 0))
                .contains(Money.ZERO);
        assertThat(own.find("openai/gpt-5-mini")).isPresent();
        assertThat(own.version()).startsWith("2026-10-24+").hasSizeGreaterThan(15);
    }

    private static String file(String models) {
        return "{\"version\":\"1\",\"currency\":\"USD\",\"unit\":\"1 million tokens\",\"models\":[" + models + "]}";
    }

    /** Whatever an answer within the limits turns out to be, it costs no more than its worst case. */
    @Property(tries = 500)
    void noAnswerCostsMoreThanItsWorstCase(
            @ForAll @IntRange(max = 500_000) int prompt,
            @ForAll @IntRange(max = 100_000) int completion,
            @ForAll @IntRange(max = 100) int cachedPercent,
            @ForAll @IntRange(max = 100) int writePercent,
            @ForAll int which) {
        ModelPrice[] all = TABLE.models().toArray(new ModelPrice[0]);
        ModelPrice p = all[Math.floorMod(which, all.length)];
        int cached = (int) ((long) prompt * cachedPercent / 100);
        int write = (int) ((long) (prompt - cached) * writePercent / 100);
        Usage usage = new Usage(prompt, cached, write, completion, completion / 2, Map.of());
        Money worst = Cost.worst(p, prompt, completion, null, Set.of(Cost.Extra.CACHE_WRITE))
                .orElseThrow();
        for (String tier : new String[] {null, "flex", "priority", "batch"}) {
            Cost.of(p, usage, tier, 0).ifPresent(cost -> assertThat(cost).isLessThanOrEqualTo(worst));
        }
    }

    @Example
    void aMachinesHour() {
        LocalRate rate = new LocalRate(new BigDecimal("200"), new BigDecimal("0.30"), new BigDecimal("2000"), 20_000);
        assertThat(rate.perHour()).isEqualByComparingTo("0.16");
        assertThat(rate.of(Duration.ofMinutes(30)).usd()).isEqualByComparingTo("0.08");
        // 0.1 kWh measured in half an hour: 0.03 USD, and 0.05 for the machine
        assertThat(rate.of(Duration.ofMinutes(30), 360_000_000_000L).usd()).isEqualByComparingTo("0.08");
    }

    @Example
    void theMachinesTimeIsDividedAndNeverChargedTwice() {
        long[] now = {0};
        long[] energy = {0};
        MachineShare share = new MachineShare(() -> now[0], () -> energy[0]);
        MachineShare.Stay a = share.begin();
        now[0] = 100;
        energy[0] = 1000;
        MachineShare.Stay b = share.begin();
        now[0] = 300;
        energy[0] = 3000;
        assertThat(a.end()).isEqualTo(new MachineShare.Used(Duration.ofNanos(200), 2000L));
        now[0] = 350;
        energy[0] = 3500;
        assertThat(b.end()).isEqualTo(new MachineShare.Used(Duration.ofNanos(150), 1500L));
        assertThat(b.end()).isEqualTo(new MachineShare.Used(Duration.ofNanos(150), 1500L));
        now[0] = 900;
        MachineShare.Stay c = share.begin();
        now[0] = 910;
        assertThat(c.end().time()).isEqualTo(Duration.ofNanos(10));
    }

    @Test
    void energyIsFollowedAcrossTheCountersRange() throws Exception {
        Path zone = Files.createDirectories(folder.resolve("cap/intel-rapl:0"));
        Files.createDirectories(folder.resolve("cap/intel-rapl:0:0"));
        Files.writeString(zone.resolve("max_energy_range_uj"), "1000\n");
        Files.writeString(zone.resolve("energy_uj"), "900\n");
        Rapl rapl = Rapl.open(folder.resolve("cap")).orElseThrow();
        Files.writeString(zone.resolve("energy_uj"), "950\n");
        assertThat(rapl.getAsLong()).isEqualTo(50);
        Files.writeString(zone.resolve("energy_uj"), "20\n");
        assertThat(rapl.getAsLong()).isEqualTo(120);
        assertThat(Rapl.open(folder.resolve("nowhere"))).isEmpty();
    }
}
