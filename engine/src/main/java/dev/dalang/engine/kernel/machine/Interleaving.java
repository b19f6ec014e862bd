package dev.dalang.engine.kernel.machine;

import dev.dalang.engine.format.BlockType;

/**
 * How a weight matrix lies in memory for machine code: groups of sixteen rows, and in a group the rows' blocks word by
 * word side by side, so that a load of 64 bytes is the same 32-bit word of the same block of sixteen rows.
 *
 * <p>What a block holds is not changed, only moved: by words, and in blocks of Q6_K by bits ({@link ArrangeKernel}). A block whose size is not a whole number of words has one odd part
 * of one or two bytes, its scale; the odd parts of all groups follow the words of all groups, so that the words stay
 * aligned, and both are read from the first group to the last without a step aside, which processors fetch ahead by
 * themselves:
 *
 * <pre>
 * words      [group][block][word][row]
 * odd parts  [group][block][row]
 * </pre>
 *
 * For types of 16-bit numbers everything is odd part and nothing is word: {@code [group][column][row]}.
 *
 * <p>The words of a block come in the order in which products read them first ({@link #place}).
 */
public record Interleaving(BlockType type) {

    /** Rows of a group: the 32-bit lanes of a 512-bit register. */
    public static final int ROWS = 16;

    /** Elements of a block. */
    public int blockElements() {
        return type.blockElements();
    }

    /** Bytes of a block in the file. */
    public int blockBytes() {
        return type.blockBytes();
    }

    /** 0, 1 or 2. */
    public int oddBytes() {
        return type.blockBytes() % 4;
    }

    /** Whether the odd part ends the block in the file; else it begins it. */
    public boolean oddAtEnd() {
        return type == BlockType.Q6_K || type == BlockType.Q3_K;
    }

    /** 32-bit words of a block. */
    public int words() {
        return blockBytes() / 4;
    }

    /** Where the words begin in a block of the file. */
    public int firstWord() {
        return oddAtEnd() ? 0 : oddBytes();
    }

    /**
     * Where the {@code word}-th word of a block of the file goes among the block's. Some types keep what belongs together
     * apart: scales at the end, upper bits after all the lower ones (see {@link SuperBlocks}).
     */
    public int place(int word) {
        return switch (type) {
            // The two factors, which a block begins with, then scales and weights.
            case Q2_K -> word == 20 ? 0 : word + 1;
            // Scales; third bits, each with the lower ones of the first half; those of the second half.
            case Q3_K -> word >= 24 ? word - 24 : word < 8 ? 3 + 2 * word : word < 16 ? 4 + 2 * (word - 8) : word + 3;
            // Factors and scales; fifth bits, each with the lower ones of the first two runs; those of the others.
            case Q5_K -> word < 4 ? word : word < 12 ? 4 + 2 * (word - 4) : word < 20 ? 5 + 2 * (word - 12) : word;
            default -> word;
        };
    }

    /** Whether {@link ArrangeKernel} has to go over the words. */
    public boolean arranged() {
        return type == BlockType.Q6_K;
    }

    public int blocks(int columns) {
        return columns / blockElements();
    }

    /** Bytes of a group's words. */
    public long wordBytes(int columns) {
        return (long) blocks(columns) * words() * 4 * ROWS;
    }

    /** Bytes of a group's odd parts. */
    public long oddBytes(int columns) {
        return (long) blocks(columns) * oddBytes() * ROWS;
    }

    public static int groups(int rows) {
        return (rows + ROWS - 1) / ROWS;
    }
}
