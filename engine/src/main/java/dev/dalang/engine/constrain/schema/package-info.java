/**
 * JSON Schema (2020-12, with the older drafts' words) as an algebra of sets of JSON values, and as places of a grammar.
 */
@NullMarked
package dev.dalang.engine.constrain.schema;

import org.jspecify.annotations.NullMarked;
