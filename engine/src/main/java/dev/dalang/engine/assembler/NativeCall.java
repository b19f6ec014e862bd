package dev.dalang.engine.assembler;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Calls of native functions as if all of them took six longs and returned one. The calling conventions of the systems that
 * the engine knows put up with arguments too many or too wide, and the JVM, which takes ten milliseconds to get ready for
 * each kind of call, does it once.
 */
@SuppressWarnings("restricted")
public final class NativeCall {

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    /** Null where the JVM does not let us call. */
    private static final @Nullable MethodHandle CALL = handle();

    private NativeCall() {}

    private static @Nullable MethodHandle handle() {
        try {
            return Linker.nativeLinker()
                    .downcallHandle(FunctionDescriptor.of(LONG, LONG, LONG, LONG, LONG, LONG, LONG));
        } catch (IllegalCallerException | UnsupportedOperationException e) {
            return null;
        }
    }

    /** Whether this JVM lets the engine call native code at all. */
    public static boolean allowed() {
        return CALL != null;
    }

    /** A function of the C library; nothing where it has none of that name, or nothing can be called. */
    public static Optional<MemorySegment> find(String name) {
        return CALL == null
                ? Optional.empty()
                : Linker.nativeLinker().defaultLookup().find(name);
    }

    /** Calls what takes one integer or address. */
    public static long call(MemorySegment function, long a) {
        return call(function, a, 0, 0, 0, 0, 0);
    }

    /**
     * Calls what takes up to six integers or addresses. Nothing is checked: a wrong address ends the process.
     *
     * @return what the function returned, to be cast to what it says that it returns: of an int the upper half means nothing
     */
    public static long call(MemorySegment function, long a, long b, long c, long d, long e, long f) {
        MethodHandle call = CALL;
        if (call == null) throw new IllegalStateException("this JVM does not let the engine call native code");
        try {
            return (long) call.invokeExact(function, a, b, c, d, e, f);
        } catch (RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable failure) {
            throw new IllegalStateException(failure);
        }
    }
}
