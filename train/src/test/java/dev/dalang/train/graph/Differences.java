package dev.dalang.train.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.DoubleSupplier;

/** Gradients beside central differences in 64-bit floats. */
final class Differences {

    /** How far numbers are moved; the error of a difference is some 1e-10 of its size. */
    private static final double STEP = 1e-5;

    private record Compared(double error, double length) {}

    private final Map<String, Compared> tensors = new LinkedHashMap<>();
    private double squares;

    /**
     * @param numbers the tensor in the reference, which is moved and put back
     * @param function of the reference
     */
    void add(String name, float[] gradient, double[] numbers, DoubleSupplier function) {
        assertThat(gradient).as(name).hasSameSizeAs(numbers);
        double error = 0;
        double length = 0;
        for (int i = 0; i < numbers.length; i++) {
            double was = numbers[i];
            numbers[i] = was + STEP;
            double above = function.getAsDouble();
            numbers[i] = was - STEP;
            double below = function.getAsDouble();
            numbers[i] = was;
            double expected = (above - below) / (2 * STEP);
            error += (gradient[i] - expected) * (gradient[i] - expected);
            length += expected * expected;
        }
        tensors.put(name, new Compared(Math.sqrt(error), Math.sqrt(length)));
        squares += length;
    }

    /** Fails where a difference is longer than this share of a gradient, or of a thousandth of all together. */
    void check(double relative) {
        double all = Math.sqrt(squares);
        assertThat(all).isPositive();
        tensors.forEach((name, c) -> assertThat(c.error / Math.max(c.length, all / 1000))
                .as("%s: error %.3g of a gradient of %.3g", name, c.error, c.length)
                .isLessThan(relative));
    }
}
