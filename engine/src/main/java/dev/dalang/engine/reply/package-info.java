/**
 * The language that a model family answers in: where reasoning begins and ends, how a tool call is written.
 *
 * <p>Each family is one small tree of {@link dev.dalang.engine.reply.Node}s in a {@link
 * dev.dalang.engine.reply.ReplyLanguage}. The same tree parses an answer while it streams ({@link
 * dev.dalang.engine.reply.ReplyParser}), renders one ({@link dev.dalang.engine.reply.ReplyRenderer}), and is there for
 * constrained decoding to walk. Three laws hold and are tested: what is rendered parses back to what it was; the
 * pieces that an answer comes in make no difference; any input at all is accepted and none of its text is lost.
 */
@NullMarked
package dev.dalang.engine.reply;

import org.jspecify.annotations.NullMarked;
