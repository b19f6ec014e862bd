package dev.dalang.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxiesTest {

    private static Proxies proxies(String no) {
        return Proxies.of(Map.of("HTTPS_PROXY", "http://proxy.example.com:3128", "NO_PROXY", no));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "10.0.0.0/8 | https://10.255.3.4/x",
                "10.0.0.0/8,192.168.4.0/22 | https://192.168.7.255:8443/x",
                "203.0.113.7/32 | https://203.0.113.7/",
                "0.0.0.0/0 | https://8.8.8.8/",
                "2001:db8::/32 | https://[2001:db8:1::5]/x",
                "fe80::/10 | https://[febf::1]/",
                "example.com | https://a.example.com/",
                "*.example.com | https://a.example.com/",
                "a.example.com:8443 | https://a.example.com:8443/",
                "* | https://anything.example/",
            })
    void direct(String no, String address) {
        assertThat(proxies(no).forAddress(URI.create(address))).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "10.0.0.0/8 | https://11.0.0.1/",
                "192.168.4.0/22 | https://192.168.8.0/",
                "2001:db8::/32 | https://[2001:db9::1]/",
                "2001:db8::/32 | https://32.1.13.184/",
                "0.0.0.0/0 | https://[2001:db8::1]/",
                // Names are not looked up to find out whether they lie in a block.
                "127.0.0.0/8 | https://localhost/",
                "example.com | https://example.com.evil.example/",
            })
    void byTheProxy(String no, String address) {
        assertThat(proxies(no).forAddress(URI.create(address))).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "example.com/8", "2001:db8::/129", "/8"})
    void aBlockThatIsNoneIsSaid(String no) {
        assertThatThrownBy(() -> proxies(no))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NO_PROXY")
                .hasMessageContaining(no);
    }

    @Test
    void withoutNoProxyEverythingGoesByTheProxy() {
        assertThat(proxies("").forAddress(URI.create("https://10.0.0.1/"))).isNotNull();
    }
}
