/**
 * A pushdown automaton over bytes and control tokens that unfolds while it runs, and the masks of the tokens that it
 * allows.
 */
@NullMarked
package dev.dalang.engine.constrain.machine;

import org.jspecify.annotations.NullMarked;
