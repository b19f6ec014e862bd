/**
 * Output that keeps to a form: JSON Schemas, grammars, regular expressions and choices, compiled to the masks of the
 * tokens that may come next.
 *
 * <p>All of them become one kind of automaton. What is regular is a deterministic automaton over code points ({@code
 * automaton}); a stack for what is nested, and what may come at each place, are made while a text gets there ({@code
 * machine}). JSON Schemas are worked out as sets of values first ({@code schema}), with and, or and not, so that {@code
 * allOf}, {@code oneOf}, {@code not} and {@code if} are kept to the letter, and so that nothing is ever begun that could
 * not be completed. What cannot be guaranteed is refused by name before a token is drawn.
 */
@NullMarked
package dev.dalang.engine.constrain;

import org.jspecify.annotations.NullMarked;
