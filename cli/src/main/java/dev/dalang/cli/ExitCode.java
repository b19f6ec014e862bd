package dev.dalang.cli;

import dev.dalang.api.Failure;

/** What the command's exit status means; scripts rely on these numbers. */
final class ExitCode {
    static final int DONE = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;
    /** Missing, gated, terms not accepted, hosted only. */
    static final int MODEL_UNAVAILABLE = 3;
    /** This machine lacks the memory or disk. */
    static final int DOES_NOT_FIT = 4;

    static final int INTERRUPTED = 130;

    private ExitCode() {}

    static int of(Failure failure) {
        return switch (failure) {
            case Failure.InvalidRequest f -> USAGE;
            case Failure.ModelUnavailable f -> MODEL_UNAVAILABLE;
            case Failure.DoesNotFit f -> DOES_NOT_FIT;
            case Failure.Unauthenticated f -> FAILED;
            case Failure.PermissionDenied f -> FAILED;
            case Failure.BadModelFile f -> FAILED;
            case Failure.Unsupported f -> FAILED;
            case Failure.ContextOverflow f -> FAILED;
            case Failure.RateLimited f -> FAILED;
            case Failure.Overloaded f -> FAILED;
            case Failure.BudgetExceeded f -> FAILED;
            case Failure.ContentPolicy f -> FAILED;
            case Failure.TimedOut f -> FAILED;
            case Failure.Upstream f -> FAILED;
            case Failure.Storage f -> FAILED;
            case Failure.Internal f -> FAILED;
        };
    }
}
