/** A server under load, seen from outside: whatever speaks OpenAI's dialect can be measured. */
@org.jspecify.annotations.NullMarked
package dev.dalang.bench.load;
