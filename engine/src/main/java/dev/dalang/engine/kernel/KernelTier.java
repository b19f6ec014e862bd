package dev.dalang.engine.kernel;

import dev.dalang.api.DalangException;
import java.util.Locale;

/** The tiers of kernels, slowest first, and the choice among them. */
public enum KernelTier {
    SCALAR,
    VECTOR,
    NATIVE;

    /** The best tier of this machine and JVM. */
    public static Kernels best() {
        try {
            return VECTOR.create();
        } catch (DalangException e) {
            return new ScalarKernels(e.failure().message());
        }
    }

    /**
     * The tier of that name, or the best for {@code auto}.
     *
     * @throws DalangException for an unknown name, or a tier that this JVM cannot run
     */
    public static Kernels named(String name) {
        if (name.equals("auto")) return best();
        for (KernelTier t : values()) {
            if (t.name().toLowerCase(Locale.ROOT).equals(name)) return t.create();
        }
        throw DalangException.invalidRequest(
                "unknown kernel tier '" + name + "': use auto, vector or scalar", "kernels");
    }

    private Kernels create() {
        return switch (this) {
            case SCALAR -> new ScalarKernels("asked for");
            case NATIVE -> new NativeKernels(dev.dalang.engine.assembler.CpuFeatures.detect());
            case VECTOR -> {
                VectorModule.load();
                try {
                    VectorKernels.probe();
                    yield new VectorKernels();
                } catch (LinkageError e) {
                    throw DalangException.unsupported(
                            "the vector kernels need the JVM option --add-modules jdk.incubator.vector", "kernels");
                }
            }
        };
    }
}
