package dev.dalang.trust.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import dev.dalang.trust.redact.Action;
import dev.dalang.trust.redact.Kind;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyTest {

    private static final String FILE = """
            default = "redact"
            attachments = "local_only"
            words = ["Project Garuda"]
            allow = ["@example.org"]

            [[rule]]
            name = "payroll stays here"
            key = "payroll-*"
            action = "local_only"

            [[rule]]
            name = "no cards anywhere"
            kind = ["card", "iban"]
            action = "block"

            [[rule]]
            name = "the lab may see names"
            provider = "lab"
            kind = "name"
            action = "report"

            [[rule]]
            name = "nothing to the free tier"
            model = ["cheap/*", "openai/*-free"]
            action = "block"
            """;

    private final Policy policy = PolicyFile.parse(FILE, "policy.toml");

    @Test
    void theFirstRuleThatMatchesSaysIt() {
        Decision payroll = policy.decide(Question.of("payroll-3", null, "openai/gpt-5"));
        assertThat(payroll.whole()).isEqualTo(Action.LOCAL_ONLY);
        assertThat(payroll.why().getFirst()).contains("payroll stays here");

        Decision lab = policy.decide(Question.of("web", "fast", "lab/m"));
        assertThat(lab.whole()).isEqualTo(Action.OFF);
        assertThat(lab.settings().action(Kind.NAME)).isEqualTo(Action.REPORT);
        assertThat(lab.settings().action(Kind.CARD)).isEqualTo(Action.BLOCK);
        assertThat(lab.settings().action(Kind.EMAIL)).isEqualTo(Action.REDACT);
        assertThat(lab.settings().blind()).isEqualTo(Action.LOCAL_ONLY);
        assertThat(lab.settings().words()).containsExactly("Project Garuda");
        assertThat(lab.why())
                .anyMatch(l -> l.equals("card: block by the rule \"no cards anywhere\""))
                .anyMatch(l -> l.equals("email: redact by default"));

        assertThat(policy.decide(Question.of(null, null, "openai/gpt-5-free")).whole())
                .isEqualTo(Action.BLOCK);
    }

    @Test
    void aModelOnThisMachineGetsEverythingButWhatIsBlocked() {
        Decision here = policy.decide(Question.of("payroll-3", null, "qwen3:4b"));
        assertThat(here.whole()).isEqualTo(Action.OFF);
        assertThat(here.settings().action(Kind.EMAIL)).isEqualTo(Action.OFF);
        assertThat(here.settings().action(Kind.CARD)).isEqualTo(Action.BLOCK);
    }

    @Test
    void withoutRulesSecretsAreReplacedAndTheRestIsReported() {
        Decision d = Policy.DEFAULT.decide(Question.of(null, null, "openai/gpt-5"));
        assertThat(d.settings().action(Kind.API_KEY)).isEqualTo(Action.REDACT);
        assertThat(d.settings().action(Kind.NAME)).isEqualTo(Action.REPORT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "default = 'maybe' | line 1",
                "[[rule]]\\nname = 'x' | says no action",
                "[[rule]]\\naction = 'block'\\nkinds = 'card' | there is no key \"kinds\"",
                "[[rule]]\\naction = 'block'\\nkind = 'cards' | there is no kind \"cards\"",
                "[[rule]]\\naction = 'block'\\nkey = 3 | a text or a list",
                "words = ['a'] | at least 3",
                "rule = 'block' | [[rule]]",
                "= | line 1",
            })
    void whatIsWrongIsSaidWithItsLine(String text, String expected) {
        assertThatThrownBy(() -> PolicyFile.parse(text.replace("\\n", "\n"), "policy.toml"))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("policy.toml")
                .hasMessageContaining(expected);
    }

    @Property
    void globsMeanWhatTheirRegularExpressionMeans(
            @ForAll @CharRange(from = 'a', to = 'b') @StringLength(max = 6) String value,
            @ForAll("patterns") String pattern) {
        assertThat(Rule.glob(pattern, value)).isEqualTo(value.matches(pattern.replace("*", ".*")));
    }

    @net.jqwik.api.Provide
    net.jqwik.api.Arbitrary<String> patterns() {
        return net.jqwik.api.Arbitraries.strings().withChars('a', 'b', '*').ofMaxLength(6);
    }
}
