package dev.dalang.trust.redact;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbers that authorities and encyclopaedias print as examples, and the same with one digit changed. */
class IdRulesTest {

    @ParameterizedTest
    @CsvSource({
        "de.steuer-id, Steuer-ID , 86095742719",
        "de.steuer-id, '', 65 929 970 489",
        "fr.nir, '', 255081416802538",
        "es.dni, '', 12345678Z",
        "es.nie, '', X1234567L",
        "it.codice-fiscale, '', RSSMRA85T10A562S",
        "nl.bsn, BSN , 111222333",
        "be.rijksregister, '', 85.07.30-033.28",
        "pl.pesel, '', 44051401359",
        "se.personnummer, '', 811218-9876",
        "fi.hetu, '', 131052-308T",
        "pt.nif, NIF , 123456789",
        "br.cpf, '', 111.444.777-35",
        "ca.sin, SIN , 046 454 286",
        "in.aadhaar, '', 9999 4105 7058",
        "cn.resident, '', 11010519491231002X",
        "ch.ahv, '', 756.9217.0769.85",
        "at.svnr, SVNR , 1237 010180",
        "tr.kimlik, '', 10000000146",
        "ro.cnp, '', 1800101221144",
        "cz.rodne-cislo, '', 736028/5163",
        "za.id, '', 9202204720083",
        "mx.curp, '', HEGG560427MVZRRL04",
        "cl.rut, '', 12.345.678-5",
        "ar.cuit, '', 20-12345678-6",
        "jp.my-number, My Number , 123456789018",
        "uk.nhs, NHS , 943 476 5919",
        "uk.nino, '', AB 12 34 56 C",
        "ie.pps, PPS , 1234567T",
        "us.ssn, '', 219-09-9998",
    })
    void examples(String rule, String before, String number) {
        assertThat(Detectors.find(before + " " + number)).singleElement().satisfies(f -> {
            assertThat(f.rule()).isEqualTo(rule);
            assertThat(f.kind()).isEqualTo(Kind.NATIONAL_ID);
        });
    }

    @ParameterizedTest
    @CsvSource({
        "Steuer-ID 86095742718", "255081416802539", "12345678A", "X1234567M", "RSSMRA85T10A562T", "85.07.30-033.29",
                "131052-308U",
        "111.444.777-36", "11010519491231003X", "756.9217.0769.86", "1800101221145", "736028/5164",
                "HEGG560427MVZRRL05", "12.345.678-6",
        "20-12345678-7", "NHS 943 476 5918", "PPS 1234567U"
    })
    void oneCharacterOff(String text) {
        assertThat(Detectors.find(text))
                .filteredOn(f -> f.kind() == Kind.NATIONAL_ID)
                .isEmpty();
    }

    @Test
    void atLeastTenCountriesHaveCheckDigits() {
        assertThat(IdRules.ALL.stream().map(r -> r.name().substring(0, 2)).distinct())
                .hasSizeGreaterThan(20);
    }
}
