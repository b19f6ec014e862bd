/** The one way out: the only HTTP client, what it may reach, and the log of what it did. Needs nothing but the JDK. */
@org.jspecify.annotations.NullMarked
module dev.dalang.net {
    requires static transitive org.jspecify;
    requires transitive java.net.http;

    exports dev.dalang.net;

    provides java.net.spi.InetAddressResolverProvider with
            dev.dalang.net.PinnedNames;
}
