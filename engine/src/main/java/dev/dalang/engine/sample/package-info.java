/**
 * From logits to a token: the sampling chain, its settings, log-probabilities and stop strings.
 *
 * <p>The same settings, seed and logits give the same ids on every machine and JDK: the generator is written out here
 * ({@link dev.dalang.engine.sample.Xoshiro256StarStar}), and no platform-dependent intrinsic ({@code Math.exp},
 * {@code Math.log}, {@code Math.pow}) takes part in a decision.
 */
@NullMarked
package dev.dalang.engine.sample;

import org.jspecify.annotations.NullMarked;
