package dev.dalang.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolver.LookupPolicy;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A name keeps the addresses that were checked, whatever a name server says a moment later. */
class PinnedNamesTest {

    /** A name server that answers with a public address first and a private one from then on. */
    private static final class Rebinding implements InetAddressResolver {
        private int asked;

        @Override
        public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) {
            return Stream.of(InetAddress.ofLiteral(asked++ == 0 ? "93.184.216.34" : "10.0.0.1"));
        }

        @Override
        public String lookupByAddress(byte[] address) throws UnknownHostException {
            throw new UnknownHostException();
        }
    }

    private static List<String> ask(InetAddressResolver names, String host) throws UnknownHostException {
        return names.lookupByName(host, LookupPolicy.of(LookupPolicy.IPV4 | LookupPolicy.IPV6))
                .map(InetAddress::getHostAddress)
                .toList();
    }

    /** What another request still checks may not be what the JVM connects to. */
    @Test
    void onlyANameThatWasCheckedIsJoined() throws UnknownHostException {
        PinnedNames.Hold unchecked = PinnedNames.holdAt("localhost", List.of(InetAddress.ofLiteral("127.0.0.1")));
        assertThat(PinnedNames.held("localhost")).isNull();
        try (PinnedNames.Hold checked = PinnedNames.hold("localhost");
                PinnedNames.Hold joined = PinnedNames.held("LocalHost")) {
            assertThat(joined).isNotNull();
            assertThat(joined.addresses()).isEqualTo(checked.addresses());
        }
        unchecked.close();
        assertThat(PinnedNames.held("localhost")).as("nobody holds it").isNull();
    }

    @Test
    void theJvmResolvesThroughIt() {
        assertThat(PinnedNames.installed()).isTrue();
    }

    /** CVE-2024-28224, CVE-2026-45400: DNS rebinding, and two parsers or look-ups that do not agree. */
    @Test
    void cve2024_28224_aNameIsHeldToTheAddressesThatWereChecked() throws UnknownHostException {
        InetAddressResolver names = PinnedNames.over(new Rebinding());
        InetAddress checked = InetAddress.ofLiteral("93.184.216.34");
        PinnedNames.Hold first = PinnedNames.holdAt("Example.test", List.of(checked));
        PinnedNames.Hold second = PinnedNames.holdAt("example.TEST", List.of(InetAddress.ofLiteral("10.0.0.1")));
        assertThat(second.addresses()).as("the first hold decides").containsExactly(checked);
        assertThat(ask(names, "EXAMPLE.test")).containsExactly("93.184.216.34");
        first.close();
        assertThat(ask(names, "example.test")).containsExactly("93.184.216.34");
        second.close();
        assertThat(ask(names, "example.test")).as("nobody holds it").containsExactly("93.184.216.34");
        assertThat(ask(names, "example.test")).containsExactly("10.0.0.1");
    }
}
