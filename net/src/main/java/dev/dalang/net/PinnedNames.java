package dev.dalang.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The JVM's resolver of names, with one addition: a name whose addresses were checked keeps those addresses while
 * requests to it are under way. So a name server that answers differently a moment later (DNS rebinding) changes
 * nothing: the connection goes where the check looked.
 *
 * <p>The JDK finds this class by itself (JEP 418); names that are not pinned pass through.
 */
public final class PinnedNames extends InetAddressResolverProvider {

    private static final class Pin {
        final List<InetAddress> addresses;
        int holders;
        /** What the JVM has cached is the same, and stays so while the name is held. */
        boolean settled;

        Pin(List<InetAddress> addresses) {
            this.addresses = addresses;
        }
    }

    private static final Map<String, Pin> PINS = new ConcurrentHashMap<>();
    private static volatile boolean installed;

    /** For the JDK. */
    public PinnedNames() {}

    @Override
    public InetAddressResolver get(Configuration configuration) {
        installed = true;
        return over(configuration.builtinResolver());
    }

    static InetAddressResolver over(InetAddressResolver system) {
        return new InetAddressResolver() {
            @Override
            public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) throws UnknownHostException {
                Pin pin = PINS.get(key(host));
                if (pin == null) return system.lookupByName(host, policy);
                int wanted = policy.characteristics();
                List<InetAddress> fitting = pin.addresses.stream()
                        .filter(a ->
                                (wanted & (a.getAddress().length == 4 ? LookupPolicy.IPV4 : LookupPolicy.IPV6)) != 0)
                        .toList();
                if (fitting.isEmpty()) throw new UnknownHostException(host);
                return fitting.stream();
            }

            @Override
            public String lookupByAddress(byte[] address) throws UnknownHostException {
                // Whoever is connected to would be asked about on the network, by a web server for every client. No
                // part
                // of Dalang needs a name for an address, so the JDK gets none and takes the digits.
                throw new UnknownHostException("names of addresses are not looked up");
            }
        };
    }

    @Override
    public String name() {
        return "Dalang's pinned names";
    }

    /** Whether the JVM took this class as its resolver. */
    static boolean installed() {
        if (!installed) {
            try {
                InetAddress _ = InetAddress.getByName("localhost");
            } catch (UnknownHostException e) {
                return installed;
            }
        }
        return installed;
    }

    /** A name's hold on its addresses, until it is closed. */
    static final class Hold implements AutoCloseable {
        static final Hold NONE = new Hold("", List.of());

        private final String key;
        private final List<InetAddress> addresses;

        private Hold(String key, List<InetAddress> addresses) {
            this.key = key;
            this.addresses = addresses;
        }

        List<InetAddress> addresses() {
            return addresses;
        }

        /** Once only. */
        @Override
        public void close() {
            PINS.computeIfPresent(key, (k, pin) -> --pin.holders == 0 ? null : pin);
        }
    }

    /** Looks a name up, or takes the addresses that it is held to already. */
    static Hold hold(String host) throws UnknownHostException {
        Hold hold = holdAt(host, List.copyOf(Arrays.asList(Addresses.of(host))));
        // What the JVM has cached meanwhile must be the same; from now on it caches what is held.
        for (InetAddress a : Addresses.of(host)) {
            if (hold.addresses.contains(a)) continue;
            hold.close();
            throw new UnknownHostException(host + " has just changed its address");
        }
        PINS.computeIfPresent(hold.key, (k, pin) -> {
            pin.settled = true;
            return pin;
        });
        return hold;
    }

    /** The addresses that other requests hold the name to, if it is sure that the JVM connects to these; else null. */
    static @Nullable Hold held(String host) {
        Hold[] hold = new Hold[1];
        PINS.computeIfPresent(key(host), (k, pin) -> {
            if (pin.settled) {
                pin.holders++;
                hold[0] = new Hold(k, pin.addresses);
            }
            return pin;
        });
        return hold[0];
    }

    static Hold holdAt(String host, List<InetAddress> found) {
        String key = key(host);
        Pin pin = PINS.compute(key, (k, old) -> {
            Pin p = old == null ? new Pin(found) : old;
            p.holders++;
            return p;
        });
        return new Hold(key, pin.addresses);
    }

    private static String key(String host) {
        return host.toLowerCase(Locale.ROOT);
    }
}
