/** Regular languages over code points: regular expressions, finite automata and their algebra. */
@NullMarked
package dev.dalang.engine.constrain.automaton;

import org.jspecify.annotations.NullMarked;
