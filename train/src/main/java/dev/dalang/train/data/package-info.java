/**
 * Texts as packed batches, in an order that a seed decides.
 *
 * <p>A text becomes a {@link dev.dalang.train.data.Document}, documents become a {@link
 * dev.dalang.train.data.PackedSource}, and that gives the loop its batches by number: whoever knows the number of the
 * next batch can go on after any interruption.
 */
@org.jspecify.annotations.NullMarked
package dev.dalang.train.data;
