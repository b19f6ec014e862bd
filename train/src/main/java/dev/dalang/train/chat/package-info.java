/** Conversations as training data: the formats they come in, and what a model is to learn of each. */
@org.jspecify.annotations.NullMarked
package dev.dalang.train.chat;
