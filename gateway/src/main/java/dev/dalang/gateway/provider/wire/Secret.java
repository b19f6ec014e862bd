package dev.dalang.gateway.provider.wire;

import dev.dalang.api.DalangException;

/** A key or token. It shows itself only to who asks for {@link #value}; a log or a message that holds it says nothing. */
public record Secret(String value) {

    /**
     * Takes a key as people paste it, with blanks and line ends around it.
     *
     * @param origin where it comes from, for the message: the name of a variable or a file
     * @throws dev.dalang.api.DalangException when it is empty or holds what no HTTP header can carry
     */
    public static Secret of(String text, String origin) {
        String key = text.strip();
        if (key.isEmpty()) throw DalangException.invalidRequest("the key of " + origin + " is empty", null);
        for (int i = 0; i < key.length(); i++) {
            char c = key.charAt(i);
            if (c <= ' ' || c > '~') {
                throw DalangException.invalidRequest(
                        "the key of " + origin
                                + " holds a blank, a line end or another character that no key has; paste it"
                                + " again as one word",
                        null);
            }
        }
        return new Secret(key);
    }

    /** A text without this key, should it hold it: providers like to quote what they refuse. */
    public String hide(String text) {
        return text.contains(value) ? text.replace(value, "…") : text;
    }

    @Override
    public String toString() {
        return "Secret[…]";
    }
}
