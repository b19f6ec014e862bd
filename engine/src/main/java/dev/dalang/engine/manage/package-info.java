/** Which models are in memory: loaded when asked for, several at once, unloaded when others need the room. */
package dev.dalang.engine.manage;
