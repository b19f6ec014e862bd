package dev.dalang.cli;

/** Token ids as people write them. */
final class TokenIds {
    private TokenIds() {}

    /** Numbers separated by commas or blanks. */
    static int[] parse(String text, String what) {
        String[] words = text.strip().split("[,\\s]+");
        if (text.isBlank()) throw Errors.usage(what + " holds no token ids");
        int[] ids = new int[words.length];
        for (int i = 0; i < words.length; i++) {
            try {
                ids[i] = Integer.parseInt(words[i]);
            } catch (NumberFormatException e) {
                throw Errors.usage(what + " is token ids like 1,2,3, and \"" + Text.oneLine(words[i]) + "\" is none");
            }
            if (ids[i] < 0) throw Errors.usage(what + " holds the negative id " + ids[i]);
        }
        return ids;
    }
}
