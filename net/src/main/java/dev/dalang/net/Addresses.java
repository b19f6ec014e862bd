package dev.dalang.net;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/**
 * Which addresses lie on the public internet: not this machine, its network, or the ranges set aside.
 *
 * @see <a href="https://www.iana.org/assignments/iana-ipv4-special-registry">IANA special-purpose IPv4 addresses</a>
 * @see <a href="https://www.iana.org/assignments/iana-ipv6-special-registry">IANA special-purpose IPv6 addresses</a>
 */
final class Addresses {

    /** The addresses that begin with the same bits (RFC 4632, RFC 4291 section 2.3). */
    record Block(byte[] prefix, int bits) {
        boolean contains(byte[] address) {
            if (address.length != prefix.length) return false;
            int whole = bits / 8;
            if (!Arrays.equals(address, 0, whole, prefix, 0, whole)) return false;
            int rest = bits % 8;
            return rest == 0 || ((address[whole] ^ prefix[whole]) & 0xff & (0xff << (8 - rest))) == 0;
        }

        /** @throws IllegalArgumentException where {@code text} is no block like {@code 10.0.0.0/8} */
        static Block parse(String text) {
            int slash = text.indexOf('/');
            byte[] prefix = InetAddress.ofLiteral(text.substring(0, slash)).getAddress();
            int bits = Integer.parseInt(text.substring(slash + 1));
            if (bits < 0 || bits > 8 * prefix.length) throw new IllegalArgumentException(bits + " bits");
            return new Block(prefix, bits);
        }
    }

    private static final List<Block> SPECIAL_4 = blocks(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3");

    /** Only global unicast (2000::/3) is public, less what is set aside in it. */
    private static final Block GLOBAL_6 = block("2000::/3");

    private static final List<Block> SPECIAL_6 = blocks("2001::/23", "2001:db8::/32", "3fff::/20");

    private static final Block NAT64 = block("64:ff9b::/96");
    private static final Block SIX_TO_FOUR = block("2002::/16");

    private Addresses() {}

    static boolean isPublic(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (address instanceof Inet4Address) return isPublic4(bytes);
        // Two ways to write an IPv4 address in IPv6; what they lead to counts.
        if (NAT64.contains(bytes)) return isPublic4(Arrays.copyOfRange(bytes, 12, 16));
        if (SIX_TO_FOUR.contains(bytes)) return isPublic4(Arrays.copyOfRange(bytes, 2, 6));
        return GLOBAL_6.contains(bytes) && SPECIAL_6.stream().noneMatch(b -> b.contains(bytes));
    }

    private static boolean isPublic4(byte[] bytes) {
        return SPECIAL_4.stream().noneMatch(b -> b.contains(bytes));
    }

    private static List<Block> blocks(String... texts) {
        return Arrays.stream(texts).map(Addresses::block).toList();
    }

    private static Block block(String text) {
        try {
            return Block.parse(text);
        } catch (IllegalArgumentException e) {
            throw new AssertionError(text, e);
        }
    }

    /** The addresses of a name, as the system knows them. */
    static InetAddress[] of(String host) throws UnknownHostException {
        return InetAddress.getAllByName(host);
    }
}
