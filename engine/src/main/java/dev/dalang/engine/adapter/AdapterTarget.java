package dev.dalang.engine.adapter;

/**
 * A weight tensor of the base model that an adapter can change.
 *
 * @param count matrices stacked in the tensor: 1, or the number of experts
 */
public record AdapterTarget(int inputs, int outputs, int count) {}
