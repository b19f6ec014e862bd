/** What a model remembers of a sequence: paged keys and values, recurrent states. */
package dev.dalang.engine.cache;
