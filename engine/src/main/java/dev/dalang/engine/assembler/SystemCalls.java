package dev.dalang.engine.assembler;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What is asked of the C library: pages for code, and the permission to use tiles. */
@SuppressWarnings("restricted")
final class SystemCalls {

    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int PROT_EXEC = 4;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_ANONYMOUS_LINUX = 0x20;
    private static final int MAP_ANONYMOUS_MACOS = 0x1000;
    private static final int MAP_FAILED = -1;

    private static final long SYS_ARCH_PRCTL = 158;
    private static final long ARCH_REQ_XCOMP_PERM = 0x1023;
    private static final long XFEATURE_XTILEDATA = 18;

    private static final @Nullable MemorySegment MMAP = NativeCall.find("mmap").orElse(null);
    private static final @Nullable MemorySegment MPROTECT =
            NativeCall.find("mprotect").orElse(null);
    private static final @Nullable MemorySegment MUNMAP =
            NativeCall.find("munmap").orElse(null);

    private final boolean linux;

    private SystemCalls(boolean linux) throws MachineCodeException {
        this.linux = linux;
        if (!NativeCall.allowed()) throw denied();
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

    private static MemorySegment there(@Nullable MemorySegment function, String name) throws MachineCodeException {
        if (function == null) throw new MachineCodeException("the C library has no function " + name);
        return function;
    }

    /** Memory that can be written, in whole pages. */
    MemorySegment map(long bytes) throws MachineCodeException {
        int flags = MAP_PRIVATE | (linux ? MAP_ANONYMOUS_LINUX : MAP_ANONYMOUS_MACOS);
        long at = NativeCall.call(there(MMAP, "mmap"), 0, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
        if (at == MAP_FAILED) throw new MachineCodeException("the system gives no memory for machine code");
        return MemorySegment.ofAddress(at).reinterpret(bytes);
    }

    /** From now on it can be executed and no longer written. */
    void makeExecutable(MemorySegment pages) throws MachineCodeException {
        int failed = (int) NativeCall.call(
                there(MPROTECT, "mprotect"), pages.address(), pages.byteSize(), PROT_READ | PROT_EXEC, 0, 0, 0);
        if (failed != 0) {
            throw new MachineCodeException("the system does not let a program execute what it wrote "
                    + "(a security policy such as SELinux's execmem, or a hardened kernel)");
        }
    }

    void unmap(MemorySegment pages) {
        try {
            NativeCall.call(there(MUNMAP, "munmap"), pages.address(), pages.byteSize(), 0, 0, 0, 0);
        } catch (MachineCodeException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether the system lets this process use the tile registers; Linux wants to be asked first. */
    boolean requestTiles() throws MachineCodeException {
        if (!linux) return false;
        MemorySegment syscall = there(NativeCall.find("syscall").orElse(null), "syscall");
        return NativeCall.call(syscall, SYS_ARCH_PRCTL, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA, 0, 0, 0) == 0;
    }

    /** A function of ours in an executable page. */
    static MethodHandle function(MemorySegment code, FunctionDescriptor type, Linker.Option... options)
            throws MachineCodeException {
        if (!NativeCall.allowed()) throw denied();
        return Linker.nativeLinker().downcallHandle(code, type, options);
    }

    private static MachineCodeException denied() {
        return new MachineCodeException("this JVM does not let the engine call native code; start it with "
                + "--enable-native-access=dev.dalang.engine");
    }
}
