/** What is odd about a file from outside, said before its first use. Nothing from a file is ever executed. */
@org.jspecify.annotations.NullMarked
package dev.dalang.hub.trust;
