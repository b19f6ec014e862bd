/** Anthropic's Messages API. */
package dev.dalang.server.anthropic;
