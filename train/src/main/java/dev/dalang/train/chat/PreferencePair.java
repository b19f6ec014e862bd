package dev.dalang.train.chat;

import dev.dalang.train.data.Document;

/** The same prompt with a better and a worse answer; only the answers are asked. */
public record PreferencePair(Document chosen, Document rejected) {}
