package dev.dalang.trust.redact;

/** The arithmetic behind check digits. Each takes digits (and letters where it says so) without separators. */
final class CheckDigits {

    /** Verhoeff 1969: the multiplication of the dihedral group D5, and the permutation that its positions take. */
    private static final int[][] D5 = new int[10][10];

    private static final int[][] PERMUTED = new int[8][10];

    static {
        for (int a = 0; a < 10; a++) {
            for (int b = 0; b < 10; b++) {
                if (a < 5 && b < 5) D5[a][b] = (a + b) % 5;
                else if (a < 5) D5[a][b] = 5 + (a + b) % 5;
                else if (b < 5) D5[a][b] = 5 + (a - b + 5) % 5;
                else D5[a][b] = (a - b + 5) % 5;
            }
        }
        int[] step = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};
        for (int i = 0; i < 10; i++) PERMUTED[0][i] = i;
        for (int k = 1; k < 8; k++) for (int i = 0; i < 10; i++) PERMUTED[k][i] = PERMUTED[k - 1][step[i]];
    }

    private CheckDigits() {}

    static int digit(CharSequence s, int i) {
        return s.charAt(i) - '0';
    }

    /** ISO/IEC 7812-1 annex B. */
    static boolean luhn(CharSequence digits) {
        int sum = 0;
        for (int i = digits.length() - 1, place = 0; i >= 0; i--, place++) {
            int d = digit(digits, i);
            if (place % 2 == 1 && (d *= 2) > 9) d -= 9;
            sum += d;
        }
        return sum % 10 == 0;
    }

    /** The number modulo {@code m}, letters counted as two digits from A = 10 (ISO 13616 for IBANs, with m = 97). */
    static int modulo(CharSequence alnum, int m) {
        int rest = 0;
        for (int i = 0; i < alnum.length(); i++) {
            char c = alnum.charAt(i);
            rest = c <= '9' ? (rest * 10 + c - '0') % m : (rest * 100 + Character.toUpperCase(c) - 'A' + 10) % m;
        }
        return rest;
    }

    /** ISO/IEC 7064 MOD 11,10, the last digit included. */
    static boolean mod11And10(CharSequence digits) {
        int product = 10;
        for (int i = 0; i < digits.length() - 1; i++) {
            int sum = (digit(digits, i) + product) % 10;
            product = (sum == 0 ? 10 : sum) * 2 % 11;
        }
        int check = 11 - product;
        return (check == 10 ? 0 : check) == digit(digits, digits.length() - 1);
    }

    static boolean verhoeff(CharSequence digits) {
        int c = 0;
        for (int i = digits.length() - 1, place = 0; i >= 0; i--, place++) {
            c = D5[c][PERMUTED[place % 8][digit(digits, i)]];
        }
        return c == 0;
    }

    /** The sum of the first digits, each times its weight. */
    static int weighted(CharSequence digits, int... weights) {
        int sum = 0;
        for (int i = 0; i < weights.length; i++) sum += digit(digits, i) * weights[i];
        return sum;
    }

    static boolean allSame(CharSequence s) {
        for (int i = 1; i < s.length(); i++) if (s.charAt(i) != s.charAt(0)) return false;
        return true;
    }

    /** Two digits at {@code i}. */
    static int pair(CharSequence digits, int i) {
        return digit(digits, i) * 10 + digit(digits, i + 1);
    }

    /** A month and a day that exist in some year. */
    static boolean date(int month, int day) {
        return month >= 1
                && month <= 12
                && day >= 1
                && day <= (month == 2 ? 29 : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31);
    }
}
