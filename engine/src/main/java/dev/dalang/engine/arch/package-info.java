/** Model families as compositions: what repeats (attention, feed-forward, experts, norms, rotation) is written once, a family says what differs. */
package dev.dalang.engine.arch;
