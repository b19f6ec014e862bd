/** A pull from beginning to end: which place a name stands for, what must hold before, the fetch, the record of it. */
@org.jspecify.annotations.NullMarked
package dev.dalang.hub.pull;
