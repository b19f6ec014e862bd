/**
 * How fast the engine's parts are, each beside what the machine could do at best (its roofline, Williams et al. 2009).
 * {@link dev.dalang.bench.Suite} says how to read the figures.
 */
@NullMarked
package dev.dalang.bench;

import org.jspecify.annotations.NullMarked;
