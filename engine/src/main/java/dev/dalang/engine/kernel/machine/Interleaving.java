package dev.dalang.engine.kernel.machine;

import dev.dalang.engine.format.BlockType;

/**
 * How a weight matrix lies in memory for machine code: groups of sixteen rows, and in a group the rows' blocks word by
 * word side by side, so that a load of 64 bytes is the same 32-bit word of the same block of sixteen rows.
 *
 * <p>What a block holds is not changed, only moved. A block whose size is not a whole number of words has one odd part
 * of one or two bytes, its scale; the odd parts of a group come first, together, so that the words stay aligned:
 *
 * <pre>
 * group:  odd part   [block][row]        padded to 64 bytes
 *         words      [block][word][row]
 * </pre>
 *
 * For types of 16-bit numbers everything is odd part and nothing is word: {@code [column][row]}.
 *
 * @param blockElements elements of a block
 * @param blockBytes bytes of a block in the file
 * @param oddBytes 0, 1 or 2
 * @param oddAtEnd whether the odd part ends the block in the file; else it begins it
 */
public record Interleaving(int blockElements, int blockBytes, int oddBytes, boolean oddAtEnd) {

    /** Rows of a group: the 32-bit lanes of a 512-bit register. */
    public static final int ROWS = 16;

    private static final int LINE = 64;

    public static Interleaving of(BlockType type) {
        boolean end = type == BlockType.Q6_K || type == BlockType.Q3_K;
        return new Interleaving(type.blockElements(), type.blockBytes(), type.blockBytes() % 4, end);
    }

    /** 32-bit words of a block. */
    public int words() {
        return blockBytes / 4;
    }

    /** Where the words begin in a block of the file. */
    public int firstWord() {
        return oddAtEnd ? 0 : oddBytes;
    }

    public int blocks(int columns) {
        return columns / blockElements;
    }

    /** Bytes from the start of a group to its words. */
    public long oddRegion(int columns) {
        long bytes = (long) blocks(columns) * oddBytes * ROWS;
        return (bytes + LINE - 1) / LINE * LINE;
    }

    /** Bytes of a group. */
    public long groupBytes(int columns) {
        return oddRegion(columns) + (long) blocks(columns) * words() * 4 * ROWS;
    }

    public static int groups(int rows) {
        return (rows + ROWS - 1) / ROWS;
    }
}
