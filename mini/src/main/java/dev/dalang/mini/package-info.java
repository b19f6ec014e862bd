/** The built-in model, and what it is trained on. */
@org.jspecify.annotations.NullMarked
package dev.dalang.mini;
