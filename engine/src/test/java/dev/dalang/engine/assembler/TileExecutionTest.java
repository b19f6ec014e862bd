package dev.dalang.engine.assembler;

import static dev.dalang.engine.assembler.Gp.R8;
import static dev.dalang.engine.assembler.Gp.R9;
import static dev.dalang.engine.assembler.Gp.RCX;
import static dev.dalang.engine.assembler.Gp.RDI;
import static dev.dalang.engine.assembler.Gp.RDX;
import static dev.dalang.engine.assembler.Gp.RSI;
import static dev.dalang.engine.assembler.Mem.mem;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.junit.jupiter.api.Test;

/** Products of matrices in tiles give what plain Java gives. */
class TileExecutionTest extends ExecutedCode {

    /** Rows and bytes of a row of tiles 0 to 2: the configuration that LDTILECFG loads, palette 1. */
    private MemorySegment tiles(int m, int n, int k4) {
        MemorySegment config = arena.allocate(64, 64);
        config.set(JAVA_BYTE, 0, (byte) 1);
        int[][] shapes = {{m, 4 * n}, {m, 4 * k4}, {k4, 4 * n}};
        for (int t = 0; t < shapes.length; t++) {
            config.set(JAVA_SHORT, 16 + 2L * t, (short) shapes[t][1]);
            config.set(JAVA_BYTE, 48 + t, (byte) shapes[t][0]);
        }
        return config;
    }

    /** void product(config = RDI, a = RSI, b = RDX, c = RCX, stride of a = R8, of b and c = R9): c = a * b. */
    private MethodHandle tileProduct(boolean floats) throws MachineCodeException {
        a.ldtilecfg(mem(RDI));
        a.tilezero(Tile.TMM0);
        a.tileloadd(Tile.TMM1, mem(RSI, R8, 1));
        a.tileloaddt1(Tile.TMM2, mem(RDX, R9, 1));
        if (floats) a.tdpbf16ps(Tile.TMM0, Tile.TMM1, Tile.TMM2);
        else a.tdpbsud(Tile.TMM0, Tile.TMM1, Tile.TMM2);
        a.tilestored(mem(RCX, R9, 1), Tile.TMM0);
        a.tilerelease();
        a.ret();
        return load(FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG));
    }

    @Test
    void productOfBytesInTiles() throws Throwable {
        require(CpuFeature.AMX_INT8);
        MethodHandle product = tileProduct(false);
        for (int[] shape : new int[][] {{16, 16, 16}, {5, 16, 16}, {16, 3, 2}, {1, 1, 1}}) {
            int m = shape[0];
            int n = shape[1];
            int k4 = shape[2];
            MemorySegment x = bytes(m * 4 * k4);
            MemorySegment y = bytes(k4 * 4 * n); // four rows of the matrix lie in one row of the tile
            MemorySegment c = arena.allocate(4L * m * n, 64);
            int[] expected = new int[m * n];
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    for (int k = 0; k < 4 * k4; k++) {
                        int right = y.get(JAVA_BYTE, k / 4 * 4L * n + 4L * j + k % 4) & 0xFF;
                        expected[i * n + j] += x.get(JAVA_BYTE, (long) i * 4 * k4 + k) * right;
                    }
                }
            }
            product.invokeExact(tiles(m, n, k4), x, y, c, 4L * k4, 4L * n);
            assertThat(c.toArray(JAVA_INT)).isEqualTo(expected);
        }
    }

    @Test
    void productOfBfloatsInTiles() throws Throwable {
        require(CpuFeature.AMX_BF16);
        MethodHandle product = tileProduct(true);
        int size = 16;
        MemorySegment x = bfloats(size * 2 * size);
        MemorySegment y = bfloats(size * 2 * size);
        MemorySegment c = arena.allocate(4L * size * size, 64);
        float[] expected = new float[size * size];
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                for (int k = 0; k < 2 * size; k++) {
                    float right = bfloat(y, k / 2 * 2 * size + 2 * j + k % 2);
                    expected[i * size + j] += bfloat(x, i * 2 * size + k) * right;
                }
            }
        }
        product.invokeExact(tiles(size, size, size), x, y, c, 4L * size, 4L * size);
        assertThat(c.toArray(JAVA_FLOAT)).isEqualTo(expected);
    }

    private MemorySegment bfloats(int count) {
        MemorySegment s = arena.allocate(2L * count, 64);
        for (int i = 0; i < count; i++) {
            s.setAtIndex(JAVA_SHORT, i, (short) (Float.floatToRawIntBits(random.nextInt(-8, 9)) >>> 16));
        }
        return s;
    }

    private static float bfloat(MemorySegment s, int i) {
        return Float.intBitsToFloat(s.getAtIndex(JAVA_SHORT, i) << 16);
    }
}
