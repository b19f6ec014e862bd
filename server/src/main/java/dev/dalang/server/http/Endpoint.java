package dev.dalang.server.http;

import dev.dalang.api.DalangException;

/** Answers the requests of one route, on a virtual thread of each request's own. */
@FunctionalInterface
public interface Endpoint {

    /**
     * Answers, by exactly one of {@link Exchange#send}, {@link Exchange#events} and {@link Exchange#lines}.
     *
     * @throws DalangException becomes the dialect's error answer, or, when a stream has begun, its error in the middle
     */
    void handle(Exchange exchange);
}
