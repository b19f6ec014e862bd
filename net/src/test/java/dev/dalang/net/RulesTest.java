package dev.dalang.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hosts, addresses and settings. */
class RulesTest {

    @ParameterizedTest
    @ValueSource(
            strings = {"93.184.216.34", "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.255.255", "2606:4700::1111"})
    void publicAddresses(String a) {
        assertThat(Addresses.isPublic(InetAddress.ofLiteral(a))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.255.0.9",
                "0.0.0.0",
                "10.1.2.3",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.0.1",
                "169.254.169.254",
                "100.64.0.1",
                "192.0.0.1",
                "192.0.2.1",
                "198.18.0.1",
                "224.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:10.0.0.1",
                "fe80::1",
                "fc00::1",
                "fd12::1",
                "ff02::1",
                "2001:db8::1",
                "64:ff9b::7f00:1",
                "2002:7f00:1::",
                "2001:0:1::1"
            })
    void otherAddresses(String a) {
        assertThat(Addresses.isPublic(InetAddress.ofLiteral(a))).isFalse();
    }

    @Test
    void hostRules() {
        HostRules rules = HostRules.parse("example.com, *.hf.co localhost:8443 [::1]:*");
        assertThat(rules.allow("example.com", 443)).isTrue();
        assertThat(rules.allow("EXAMPLE.com.", 443)).isTrue();
        assertThat(rules.allow("example.com", 8443)).isFalse();
        assertThat(rules.allow("a.example.com", 443)).isFalse();
        assertThat(rules.allow("cdn.hf.co", 443)).isTrue();
        assertThat(rules.allow("hf.co", 443)).isFalse();
        assertThat(rules.allow("evilhf.co", 443)).isFalse();
        assertThat(rules.allow("cdn.hf.co.evil.com", 443)).isFalse();
        assertThat(rules.allow("localhost", 8443)).isTrue();
        assertThat(rules.allow("[::1]", 1)).isTrue();
        for (String wrong : List.of("https://example.com", "a/b", "a:b", "*x.com", "user@host")) {
            assertThatThrownBy(() -> HostRules.parse(wrong)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void settings() {
        assertThat(NetSettings.of(Map.of("HF_HUB_OFFLINE", "1")).offline()).isTrue();
        assertThat(NetSettings.of(Map.of()).offline()).isFalse();
        assertThat(NetSettings.rate("x", "500k")).isEqualTo(500_000);
        assertThat(NetSettings.rate("x", "2MB/s")).isEqualTo(2_000_000);
        assertThatThrownBy(() -> NetSettings.rate("DALANG_BANDWIDTH", "fast")).hasMessageContaining("DALANG_BANDWIDTH");
        assertThatThrownBy(() -> NetSettings.of(Map.of("HTTPS_PROXY", "socks5://user:secret@x")))
                .hasMessageNotContaining("secret");
    }
}
