package dev.dalang.hub.pull;

import dev.dalang.api.Cancellation;
import dev.dalang.hub.store.Manifest;

/** Pulls models for whoever names them, with all the checks that this installation wants. */
@FunctionalInterface
public interface Pulling {

    /**
     * @param model a place, or a name of the catalogue, as {@code dalang pull} takes it
     * @param stop ends it at once; what came stays, and the next pull goes on from there
     * @throws dev.dalang.api.DalangException if it is not to be had, may not be, or does not come whole
     */
    Manifest pull(String model, PullWatch watch, Cancellation stop);
}
