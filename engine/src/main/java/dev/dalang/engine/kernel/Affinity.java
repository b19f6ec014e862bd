package dev.dalang.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ties threads to processors, where the system is Linux and lets us: left alone, the scheduler sometimes puts two
 * threads that wake together on one processor while another idles, and they run at half speed.
 */
@SuppressWarnings("restricted")
final class Affinity {

    /** Bytes of a set of processors: room for 8,192. */
    private static final int SET = 1024;

    private static final @Nullable MethodHandle GET = find("sched_getaffinity");
    private static final @Nullable MethodHandle SET_IT = find("sched_setaffinity");

    private Affinity() {}

    private static @Nullable MethodHandle find(String name) {
        if (!System.getProperty("os.name", "").equals("Linux")) return null;
        try {
            Linker linker = Linker.nativeLinker();
            FunctionDescriptor type = FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS);
            return linker.defaultLookup()
                    .find(name)
                    .map(f -> linker.downcallHandle(f, type))
                    .orElse(null);
        } catch (IllegalCallerException | UnsupportedOperationException e) {
            return null;
        }
    }

    /** The processors that the calling thread may run on, ascending; none where that is not known. */
    static List<Integer> processors() {
        List<Integer> found = new ArrayList<>();
        if (GET == null) return found;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment set = arena.allocate(SET);
            int bytes = (int) GET.invokeExact(0, (long) SET, set);
            for (int i = 0; bytes >= 0 && i < 8 * SET; i++) {
                if ((set.get(ValueLayout.JAVA_BYTE, i / 8) >> i % 8 & 1) != 0) found.add(i);
            }
            return found;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Keeps the calling thread on one processor; does nothing where the system does not allow it. */
    static void pin(int processor) {
        if (SET_IT == null) return;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment set = arena.allocate(SET);
            set.set(ValueLayout.JAVA_BYTE, processor / 8, (byte) (1 << processor % 8));
            int _ = (int) SET_IT.invokeExact(0, (long) SET, set);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
