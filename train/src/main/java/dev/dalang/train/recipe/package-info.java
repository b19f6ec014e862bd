/**
 * A training run as a file: data, tokenizer, shape, schedule and what is to come out of it, and the run itself.
 */
@org.jspecify.annotations.NullMarked
package dev.dalang.train.recipe;
