package dev.dalang.engine.kernel;

/**
 * Gets hold of {@code jdk.incubator.vector} in a JVM that was started without it.
 *
 * <p>{@code --add-modules jdk.incubator.vector} makes every start print a warning that cannot be turned off, and makes
 * the JVM build its module graph anew instead of taking it from the start-up cache. The JDK can also add one of its
 * modules to a running JVM, as it does for agents; a launcher that opens that door with
 * {@code --add-exports java.base/jdk.internal.module=dev.dalang.engine} gets the same module with the same machine code
 * and neither drawback. The door is internal to the JDK, so it is tried, never relied on: where it is shut or gone, the
 * standard option works as ever.
 */
final class VectorModule {

    private static final String NAME = "jdk.incubator.vector";

    private VectorModule() {}

    /** Whether vectors can be used, after trying to get hold of them. */
    static boolean available() {
        load();
        try {
            VectorKernels.probe();
            return true;
        } catch (LinkageError e) {
            return false;
        }
    }

    /** Makes the module readable here when this JVM allows it; harmless to repeat. */
    static void load() {
        Module here = VectorModule.class.getModule();
        Module base = Object.class.getModule();
        if (ModuleLayer.boot().findModule(NAME).isPresent() || !base.isExported("jdk.internal.module", here)) return;
        try {
            Object vector = Class.forName("jdk.internal.module.Modules")
                    .getMethod("loadModule", String.class)
                    .invoke(null, NAME);
            if (vector instanceof Module module) here.addReads(module);
        } catch (ReflectiveOperationException e) {
            // Another JDK than we know: the probe that follows says what is missing.
            System.getLogger(VectorModule.class.getName())
                    .log(System.Logger.Level.DEBUG, "cannot load " + NAME + " late", e);
        }
    }
}
