package dev.dalang.train.chat;

/**
 * An example that cannot be used.
 *
 * @param line of the file, from 1; where the example begins
 * @param problem what is wrong with it, to go on from "line 7"
 */
public record BadLine(long line, String problem) {}
