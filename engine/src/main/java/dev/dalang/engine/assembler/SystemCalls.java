package dev.dalang.engine.assembler;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/** What is asked of the C library: pages for code, and the permission to use tiles. */
@SuppressWarnings("restricted")
final class SystemCalls {

    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int PROT_EXEC = 4;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_ANONYMOUS_LINUX = 0x20;
    private static final int MAP_ANONYMOUS_MACOS = 0x1000;

    private static final long SYS_ARCH_PRCTL = 158;
    private static final long ARCH_REQ_XCOMP_PERM = 0x1023;
    private static final long XFEATURE_XTILEDATA = 18;

    private static final AddressLayout POINTER = ValueLayout.ADDRESS;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    private final boolean linux;
    private final MethodHandle mmap;
    private final MethodHandle mprotect;
    private final MethodHandle munmap;
    private final MethodHandle syscall;

    private SystemCalls(boolean linux) throws MachineCodeException {
        this.linux = linux;
        mmap = find("mmap", FunctionDescriptor.of(POINTER, POINTER, LONG, INT, INT, INT, LONG));
        mprotect = find("mprotect", FunctionDescriptor.of(INT, POINTER, LONG, INT));
        munmap = find("munmap", FunctionDescriptor.of(INT, POINTER, LONG));
        // Variadic: the arguments from the second on are.
        syscall = find("syscall", FunctionDescriptor.of(LONG, LONG, LONG, LONG), Linker.Option.firstVariadicArg(1));
    }

    /** Fails where this class knows neither the processor nor the system, or the JVM does not let us call. */
    static SystemCalls open() throws MachineCodeException {
        String arch = System.getProperty("os.arch", "?");
        if (!arch.equals("amd64") && !arch.equals("x86_64")) {
            throw new MachineCodeException("machine code is made for x86-64, and this processor is " + arch);
        }
        String os = System.getProperty("os.name", "?");
        boolean linux = os.equals("Linux");
        if (!linux && !os.toLowerCase(Locale.ROOT).startsWith("mac")) {
            throw new MachineCodeException("machine code is made for Linux and macOS, and this system is " + os);
        }
        return new SystemCalls(linux);
    }

    private static MethodHandle find(String name, FunctionDescriptor type, Linker.Option... options)
            throws MachineCodeException {
        try {
            Linker linker = Linker.nativeLinker();
            MemorySegment address = linker.defaultLookup()
                    .find(name)
                    .orElseThrow(() -> new MachineCodeException("the C library has no function " + name));
            return linker.downcallHandle(address, type, options);
        } catch (IllegalCallerException | UnsupportedOperationException e) {
            throw new MachineCodeException(
                    "this JVM does not let the engine call native code; start it with "
                            + "--enable-native-access=dev.dalang.engine",
                    e);
        }
    }

    /** Memory that can be written, in whole pages. */
    MemorySegment map(long bytes) throws MachineCodeException {
        int flags = MAP_PRIVATE | (linux ? MAP_ANONYMOUS_LINUX : MAP_ANONYMOUS_MACOS);
        MemorySegment at;
        try {
            at = (MemorySegment) mmap.invokeExact(MemorySegment.NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0L);
        } catch (Throwable e) {
            throw unexpected(e);
        }
        if (at.address() == -1) throw new MachineCodeException("the system gives no memory for machine code");
        return at.reinterpret(bytes);
    }

    /** From now on it can be executed and no longer written. */
    void makeExecutable(MemorySegment pages) throws MachineCodeException {
        int failed;
        try {
            failed = (int) mprotect.invokeExact(pages, pages.byteSize(), PROT_READ | PROT_EXEC);
        } catch (Throwable e) {
            throw unexpected(e);
        }
        if (failed != 0) {
            throw new MachineCodeException("the system does not let a program execute what it wrote "
                    + "(a security policy such as SELinux's execmem, or a hardened kernel)");
        }
    }

    void unmap(MemorySegment pages) {
        try {
            int unused = (int) munmap.invokeExact(pages, pages.byteSize());
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether the system lets this process use the tile registers; Linux wants to be asked first. */
    boolean requestTiles() throws MachineCodeException {
        if (!linux) return false;
        try {
            return (long) syscall.invokeExact(SYS_ARCH_PRCTL, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** A function of ours in an executable page. */
    static MethodHandle function(MemorySegment code, FunctionDescriptor type, Linker.Option... options)
            throws MachineCodeException {
        for (MemoryLayout layout : type.argumentLayouts()) {
            if (!(layout instanceof ValueLayout)) throw new IllegalArgumentException("no structures: " + layout);
        }
        try {
            return Linker.nativeLinker().downcallHandle(code, type, options);
        } catch (IllegalCallerException | UnsupportedOperationException e) {
            throw new MachineCodeException("this JVM does not let the engine call machine code", e);
        }
    }

    private static MachineCodeException unexpected(Throwable e) {
        return new MachineCodeException("a call of the C library failed: " + e, e);
    }
}
