/** What several rooms of the engine do with text. Not exported. */
@NullMarked
package dev.dalang.engine.text;

import org.jspecify.annotations.NullMarked;
