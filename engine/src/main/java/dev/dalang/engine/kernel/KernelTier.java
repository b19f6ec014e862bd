package dev.dalang.engine.kernel;

import dev.dalang.api.DalangException;
import dev.dalang.engine.assembler.CpuFeatures;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The tiers of kernels, best first, and the choice among them. */
public enum KernelTier {
    NATIVE,
    VECTOR,
    SCALAR;

    /** The name that asks for the best tier with activations of 32 bits. */
    private static final String EXACT = "exact";

    /** The masks of features that {@link #prepare} was asked for. */
    private static final Set<String> PREPARED = ConcurrentHashMap.newKeySet();

    /** This machine's processor, asked once. */
    private static final class Here {
        static final CpuFeatures CPU = CpuFeatures.detect();
    }

    static CpuFeatures processor() {
        return Here.CPU;
    }

    /** What this machine's processor can do that kernels care about, in the words that Linux prints. */
    public static List<String> processorFeatures() {
        return processor().names();
    }

    /** The best tier of this machine and JVM. */
    public static Kernels best() {
        return named("auto", "");
    }

    /** As {@link #named(String, String)}, with all that the processor can do. */
    public static Kernels named(String name) {
        return named(name, "");
    }

    /**
     * The tier of that name; the best one for {@code auto}; the best one that rounds no activations for {@code exact}.
     *
     * @param masked features of the processor to do without, as in {@code -avx512f,-amx_tile}; empty for none
     * @throws DalangException for an unknown name, or a tier that this machine or JVM cannot run
     */
    public static Kernels named(String name, String masked) {
        CpuFeatures cpu = masked.isEmpty() ? processor() : processor().masked(masked);
        for (KernelTier t : values()) {
            if (t.lowerName().equals(name)) return t.create(cpu, null);
        }
        if (!name.equals("auto") && !name.equals(EXACT)) {
            String known = Arrays.stream(values()).map(KernelTier::lowerName).collect(Collectors.joining(", "));
            throw DalangException.invalidRequest(
                    "unknown kernel tier '" + name + "': use auto, exact, " + known, "kernels");
        }
        List<String> refusals = new ArrayList<>();
        for (KernelTier t : values()) {
            if (t == NATIVE && name.equals(EXACT)) continue;
            try {
                return t.create(cpu, refusals.isEmpty() ? null : String.join("; ", refusals));
            } catch (DalangException e) {
                refusals.add(e.failure().message());
            }
        }
        throw new IllegalStateException("the scalar kernels run anywhere");
    }

    /**
     * Begins, on a thread of its own, what {@link #named(String, String)} and a first answer take a tenth of a second for in a
     * new process: calls and machine code. Whoever knows that a model will be opened says so before doing anything else; once is
     * enough. What goes wrong is said when the tier is asked for.
     */
    public static void prepare(String name, String masked) {
        if (!name.equals("auto") && !name.equals(NATIVE.lowerName()) || !PREPARED.add(masked)) return;
        Thread.ofPlatform().daemon().name("dalang-prepare").start(() -> {
            try {
                NativeKernels kernels = NativeKernels.create(
                        masked.isEmpty() ? processor() : processor().masked(masked));
                try {
                    kernels.prepare();
                } finally {
                    kernels.close();
                }
            } catch (RuntimeException | LinkageError e) {
                // Another tier, or the same message again, for the one who asks.
            }
        });
    }

    private String lowerName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @param refusals why no better tier runs; null when none was tried */
    private Kernels create(CpuFeatures cpu, @Nullable String refusals) {
        return switch (this) {
            case NATIVE -> NativeKernels.create(cpu);
            case VECTOR -> {
                VectorModule.load();
                try {
                    VectorKernels.probe();
                    yield new VectorKernels(refusals);
                } catch (LinkageError e) {
                    throw DalangException.unsupported(
                            "the vector kernels need the JVM option --add-modules jdk.incubator.vector", "kernels");
                }
            }
            case SCALAR -> new ScalarKernels(refusals);
        };
    }
}
