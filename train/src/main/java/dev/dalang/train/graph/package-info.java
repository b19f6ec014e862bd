/**
 * A model as something that can learn: operators with their derivatives, and the network made of them.
 */
@org.jspecify.annotations.NullMarked
package dev.dalang.train.graph;
