package dev.dalang.gateway.provider.wire;

import dev.dalang.net.Request;

/** Says who asks, in a provider's way. Any thread may use it. */
public interface Auth {

    /**
     * The request with what identifies the caller, as secrets that only its own origin sees.
     *
     * @throws dev.dalang.api.DalangException when there is no key, or none can be had
     */
    Request sign(Request request);

    /** A text without the keys. */
    String hide(String text);

    /** A key in one header. */
    record Header(String name, String prefix, Secret key) implements Auth {
        @Override
        public Request sign(Request request) {
            return request.secret(name, prefix + key.value());
        }

        @Override
        public String hide(String text) {
            return key.hide(text);
        }

        public static Header bearer(Secret key) {
            return new Header("Authorization", "Bearer ", key);
        }
    }

    /** A server that asks nobody who he is, as local ones do. */
    record None() implements Auth {
        @Override
        public Request sign(Request request) {
            return request;
        }

        @Override
        public String hide(String text) {
            return text;
        }
    }
}
