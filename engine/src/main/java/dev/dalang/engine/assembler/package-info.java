/**
 * A run-time assembler for x86-64, the pages that its code runs from, and what the processor can do. See
 * {@link dev.dalang.engine.assembler.Assembler}, {@link dev.dalang.engine.assembler.MachineCode} and
 * {@link dev.dalang.engine.assembler.CpuFeatures}.
 */
package dev.dalang.engine.assembler;
