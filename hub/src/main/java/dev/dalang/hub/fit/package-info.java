/** Will it run here, how fast, and what would make it fit: arithmetic on a model's shape and this machine. */
@org.jspecify.annotations.NullMarked
package dev.dalang.hub.fit;
