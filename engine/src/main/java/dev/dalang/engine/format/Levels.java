package dev.dalang.engine.format;

/** The whole numbers that codes 0, 1, 2 and so on stand for, ascending, before they are scaled. */
final class Levels {

    private final float[] values;

    /** The nearest code for each half unit from the least level on: borders between whole numbers lie on such steps. */
    private final byte[] nearest;

    private Levels(int[] ascending) {
        values = new float[ascending.length];
        for (int i = 0; i < values.length; i++) values[i] = ascending[i];
        nearest = new byte[(int) (2 * (greatest() - least())) + 1];
        int code = 0;
        for (int i = 0; i < nearest.length; i++) {
            float inside = least() + (i + 0.5f) / 2;
            while (code + 1 < values.length && inside > (values[code] + values[code + 1]) / 2) code++;
            nearest[i] = (byte) code;
        }
    }

    /** All whole numbers of a range. */
    static Levels range(int least, int greatest) {
        int[] values = new int[greatest - least + 1];
        for (int i = 0; i < values.length; i++) values[i] = least + i;
        return new Levels(values);
    }

    static Levels of(byte... ascending) {
        int[] values = new int[ascending.length];
        for (int i = 0; i < values.length; i++) values[i] = ascending[i];
        return new Levels(values);
    }

    int count() {
        return values.length;
    }

    float least() {
        return values[0];
    }

    float greatest() {
        return values[values.length - 1];
    }

    float value(int code) {
        return values[code];
    }

    /** The code whose value is nearest. */
    int code(float v) {
        int halves = (int) (2 * (v - values[0]));
        return nearest[Math.max(0, Math.min(halves, nearest.length - 1))] & 0xff;
    }
}
