/** Grammars in llama.cpp's GBNF notation. */
@NullMarked
package dev.dalang.engine.constrain.grammar;

import org.jspecify.annotations.NullMarked;
