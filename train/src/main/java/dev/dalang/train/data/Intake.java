package dev.dalang.train.data;

/**
 * What became of documents on their way into batches.
 *
 * @param documents how many there were
 * @param pieces what is learned: documents, or parts of long ones
 * @param positions tokens that go through the network in one round, repetitions by weight not counted
 * @param targets tokens that it is asked for
 * @param longer documents longer than the context
 * @param longest positions of the longest document
 * @param silent documents and parts left out because they ask nothing: empty, of one token, or without a target
 */
public record Intake(int documents, int pieces, long positions, long targets, int longer, int longest, int silent) {}
