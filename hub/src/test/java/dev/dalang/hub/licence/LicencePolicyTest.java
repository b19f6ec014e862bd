package dev.dalang.hub.licence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.DalangException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LicencePolicyTest {

    private final Licences licences = Licences.bundled();

    @ParameterizedTest
    @CsvSource({
        "no-non-commercial, Apache-2.0, true",
        "no-non-commercial, Llama-3.1, true",
        "no-non-commercial, CC-BY-NC-4.0, false",
        "no-non-commercial, qwen-research, false",
        "no-non-commercial, made-up, false",
        "commercial, Llama-3.1, false",
        "commercial, MIT, true",
        "osi-only, MIT, true",
        "osi-only, Gemma, false",
        "no-user-limits, Llama-4, false",
        "no-user-limits, Gemma, true",
        "no-unknown, made-up, false",
        "no-unknown, Gemma, true",
        "allow:MIT+Apache-2.0, MIT, true",
        "allow:MIT+Apache-2.0, Gemma, false",
        "deny:Gemma, Gemma, false",
        "deny:Gemma, MIT, true"
    })
    void rules(String rule, String licence, boolean allowed) {
        assertThat(LicencePolicy.parse(rule, licences)
                        .objection(licences.named(licence))
                        .isEmpty())
                .isEqualTo(allowed);
    }

    @Test
    void severalRulesHoldTogether() {
        LicencePolicy p = LicencePolicy.parse(" osi-only , deny:MIT ", licences);
        assertThat(p.objection(licences.named("MIT"))).isPresent();
        assertThat(p.objection(licences.named("Apache-2.0"))).isEmpty();
        assertThat(LicencePolicy.parse("", licences).isEmpty()).isTrue();
    }

    @Test
    void aMisspeltRuleIsNotOverlooked() {
        for (String bad : new String[] {"no-noncommercial", "allow", "allow:Nothing", "deny:", "osi-only=1"}) {
            assertThatThrownBy(() -> LicencePolicy.parse(bad, licences)).as(bad).isInstanceOf(DalangException.class);
        }
    }

    @Test
    void spellingsOfRepositoriesAreKnown() {
        assertThat(licences.named("apache-2.0").id()).isEqualTo("Apache-2.0");
        assertThat(licences.named("llama3.3").id()).isEqualTo("Llama-3.3");
        assertThat(licences.named("Llama 3.1 Community License").id()).isEqualTo("Llama-3.1");
        assertThat(licences.named("something else").spdx()).isEqualTo("LicenseRef-something-else");
        assertThat(licences.named(null).id()).isEqualTo("unknown");
    }

    @Test
    void identitiesAreSpdx() {
        for (Licence l : licences.all()) {
            assertThat(l.spdx()).as(l.id()).matches("NOASSERTION|LicenseRef-[A-Za-z0-9.-]+|[A-Za-z0-9.+-]+");
            if (l.osi()) assertThat(l.consent()).as(l.id()).isFalse();
            assertThat(l.url()).startsWith("https://");
        }
    }
}
