package dev.dalang.engine.kernel;

import dev.dalang.engine.assembler.NativeCall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ties threads to processors, where the system is Linux and lets us: left alone, the scheduler sometimes puts two
 * threads that wake together on one processor while another idles, and they run at half speed.
 */
final class Affinity {

    /** Bytes of a set of processors: room for 8,192. */
    private static final int SET = 1024;

    private static final @Nullable MemorySegment GET = find("sched_getaffinity");
    private static final @Nullable MemorySegment SET_IT = find("sched_setaffinity");

    private Affinity() {}

    private static @Nullable MemorySegment find(String name) {
        if (!System.getProperty("os.name", "").equals("Linux")) return null;
        return NativeCall.find(name).orElse(null);
    }

    /** The processors that the calling thread may run on, ascending; none where that is not known. */
    static List<Integer> processors() {
        List<Integer> found = new ArrayList<>();
        if (GET == null) return found;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment set = arena.allocate(SET);
            int bytes = (int) NativeCall.call(GET, 0, SET, set.address(), 0, 0, 0);
            for (int i = 0; bytes >= 0 && i < 8 * SET; i++) {
                if ((set.get(ValueLayout.JAVA_BYTE, i / 8) >> i % 8 & 1) != 0) found.add(i);
            }
            return found;
        }
    }

    /** Keeps the calling thread on one processor; does nothing where the system does not allow it. */
    static void pin(int processor) {
        if (SET_IT == null) return;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment set = arena.allocate(SET);
            set.set(ValueLayout.JAVA_BYTE, processor / 8, (byte) (1 << processor % 8));
            long _ = NativeCall.call(SET_IT, 0, SET, set.address(), 0, 0, 0);
        }
    }
}
