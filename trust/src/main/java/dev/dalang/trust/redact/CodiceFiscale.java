package dev.dalang.trust.redact;

/** Italy's codice fiscale: the decree of 23 December 1976 gives every character a value by its place, odd or even. */
final class CodiceFiscale {
    private static final String MONTHS = "ABCDEHLMPRST";

    /** The values at odd places of 0 to 9; the letters A to J have the same. */
    private static final int[] ODD_DIGITS = {1, 0, 5, 7, 9, 13, 15, 17, 19, 21};

    /** The values at odd places of K to Z. */
    private static final int[] ODD_LETTERS = {2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};

    private CodiceFiscale() {}

    static boolean valid(String code) {
        if (MONTHS.indexOf(code.charAt(8)) < 0) return false;
        int day = CheckDigits.pair(code, 9) % 40;
        if (day < 1 || day > 31) return false;
        int sum = 0;
        for (int i = 0; i < 15; i++) {
            char c = code.charAt(i);
            int value = Scan.digit(c) ? c - '0' : c - 'A';
            if (i % 2 == 1) sum += value;
            else sum += value < 10 ? ODD_DIGITS[value] : ODD_LETTERS[value - 10];
        }
        return sum % 26 == code.charAt(15) - 'A';
    }
}
