/**
 * Machine code for x86-64, written at run time by the engine itself: the kernels of the {@code native} tier.
 *
 * <p>Weights lie interleaved, sixteen rows side by side ({@link dev.dalang.engine.kernel.machine.Interleaving}), so
 * that one lane of a vector register is one row from the first load to the last sum and nothing is ever folded across
 * lanes. Every kernel takes one argument, the address of a list of 64-bit words ({@link
 * dev.dalang.engine.kernel.machine.Arguments}).
 */
@NullMarked
package dev.dalang.engine.kernel.machine;

import org.jspecify.annotations.NullMarked;
