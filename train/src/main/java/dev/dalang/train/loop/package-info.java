/**
 * Optimiser, schedule, checkpoints, and the loop that holds them together ({@link dev.dalang.train.loop.Trainer}).
 */
@org.jspecify.annotations.NullMarked
package dev.dalang.train.loop;
