package dev.dalang.engine.assembler;

/** Machine code cannot run here; the message says why, in words for a user. The caller falls back to other kernels. */
public final class MachineCodeException extends Exception {

    private static final long serialVersionUID = 1;

    MachineCodeException(String message) {
        super(message);
    }
}
