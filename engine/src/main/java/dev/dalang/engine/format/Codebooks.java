package dev.dalang.engine.format;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tables that belong to the definition of the block types, read from {@code codebooks.txt} on first use. */
final class Codebooks {

    /** Values of the 4-bit codes of IQ4_NL and IQ4_XS. */
    static final byte[] IQ4 = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    /** Twice the values of the 4-bit floats (E2M1) of MXFP4 and NVFP4. */
    static final byte[] FP4 = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    // Coordinates of the points, one point after another.
    static final byte[] IQ2_XXS;
    static final byte[] IQ2_XS;
    static final byte[] IQ2_S;
    static final byte[] IQ3_XXS;
    static final byte[] IQ3_S;
    static final byte[] IQ1;

    static {
        Map<String, byte[]> books = new HashMap<>();
        List<String> lines = resource().lines().filter(l -> !l.startsWith("#")).toList();
        for (int i = 0; i < lines.size(); ) {
            String[] head = lines.get(i++).split(" : ");
            StringBuilder digits = new StringBuilder();
            while (i < lines.size() && lines.get(i).indexOf(':') < 0) digits.append(lines.get(i++));
            String[] name = head[0].split(" ");
            books.put(name[0], points(Integer.parseInt(name[3]), head[1].split(" "), digits));
        }
        IQ2_XXS = book(books, "IQ2_XXS", 256 * 8);
        IQ2_XS = book(books, "IQ2_XS", 512 * 8);
        IQ2_S = book(books, "IQ2_S", 1024 * 8);
        IQ3_XXS = book(books, "IQ3_XXS", 256 * 4);
        IQ3_S = book(books, "IQ3_S", 512 * 4);
        IQ1 = book(books, "IQ1", 2048 * 8);
    }

    private Codebooks() {}

    /** Seven signs in the lower bits, and an eighth that makes the number of minus signs even. */
    static int evenSigns(int seven) {
        return seven + 128 * (Integer.bitCount(seven) % 2);
    }

    private static byte[] points(int coordinates, String[] values, CharSequence digits) {
        int bits = coordinates == 8 ? 2 : 3;
        int width = coordinates * bits / 4;
        int points = digits.length() / width;
        byte[] all = new byte[points * coordinates];
        for (int p = 0; p < points; p++) {
            int code = Integer.parseInt(digits, p * width, (p + 1) * width, 16);
            for (int c = 0; c < coordinates; c++) {
                all[p * coordinates + c] = Byte.parseByte(values[LittleEndian.bits(code, bits * c, bits)]);
            }
        }
        return all;
    }

    private static byte[] book(Map<String, byte[]> books, String name, int length) {
        byte @Nullable [] book = books.get(name);
        if (book == null || book.length != length) throw new IllegalStateException("codebooks.txt lacks " + name);
        return book;
    }

    private static String resource() {
        try (InputStream in = Codebooks.class.getResourceAsStream("codebooks.txt")) {
            if (in == null) throw new IllegalStateException("codebooks.txt is missing");
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
