package dev.dalang.engine.testing;

import dev.dalang.api.DalangException;
import dev.dalang.engine.kernel.KernelTier;

/** Whether this machine can run the native tier, for tests that are about it. */
public final class NativeTier {

    private NativeTier() {}

    public static boolean isHere() {
        try {
            KernelTier.named("native").close();
            return true;
        } catch (DalangException e) {
            return false;
        }
    }
}
