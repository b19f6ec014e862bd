/** Tensor arithmetic in tiers behind one interface, and the threads that run it. See {@link dev.dalang.engine.kernel.Kernels}. */
package dev.dalang.engine.kernel;
