package dev.dalang.api;

import org.jspecify.annotations.Nullable;

/** The one exception that crosses rooms: a {@link Failure} on its way to whoever asked. */
public final class DalangException extends RuntimeException {

    private final transient Failure failure;

    public DalangException(Failure failure) {
        this(failure, null);
    }

    public DalangException(Failure failure, @Nullable Throwable cause) {
        super(failure.message(), cause);
        this.failure = failure;
    }

    public Failure failure() {
        return failure;
    }

    /** A broken model file; {@code field} is the metadata key or tensor name to blame, or null. */
    public static DalangException badModelFile(String message, @Nullable String file, @Nullable String field) {
        return new DalangException(new Failure.BadModelFile(message, file, field));
    }

    /** Something well formed that this build cannot do. */
    public static DalangException unsupported(String message, String feature) {
        return new DalangException(new Failure.Unsupported(message, feature));
    }

    /** A wrong request; {@code parameter} names the field to blame, or null. */
    public static DalangException invalidRequest(String message, @Nullable String parameter) {
        return new DalangException(new Failure.InvalidRequest(message, parameter));
    }
}
