package dev.dalang.engine.constrain.schema;

import dev.dalang.engine.constrain.machine.Place;
import java.util.function.UnaryOperator;

/**
 * How the members of an object are written where that is not JSON, as the arguments of a tool call are in many families.
 * Each operator reads something and goes on at the place that it is given.
 *
 * @param raw strings stand as they are; otherwise in the notation of all values
 * @param valueMark what no raw string may hold, so that its end is found again; empty for nothing
 * @param beforeOther stands before a value that is no string, {@code beforeString} before one that is
 */
public record MemberSyntax(
        UnaryOperator<Place> each,
        UnaryOperator<Place> keyEnd,
        UnaryOperator<Place> beforeString,
        UnaryOperator<Place> beforeOther,
        boolean raw,
        String valueMark,
        UnaryOperator<Place> afterValue,
        UnaryOperator<Place> separator,
        UnaryOperator<Place> close) {}
