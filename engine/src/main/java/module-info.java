/** A model file in, tokens out. Knows no HTTP, no database and no logging framework. */
@org.jspecify.annotations.NullMarked
module dev.dalang.engine {
    requires transitive dev.dalang.api;
    requires static org.jspecify;
    requires tools.jackson.core;
    // Needed by the `vector` kernel tier alone; without it the engine runs on the other tiers.
    requires static jdk.incubator.vector;

    exports dev.dalang.engine.adapter;
    exports dev.dalang.engine.arch;
    exports dev.dalang.engine.cache;
    exports dev.dalang.engine.format;
    exports dev.dalang.engine.format.huggingface;
    exports dev.dalang.engine.generate;
    exports dev.dalang.engine.kernel;
    exports dev.dalang.engine.manage;
    exports dev.dalang.engine.reply;
    exports dev.dalang.engine.sample;
    exports dev.dalang.engine.template;
    exports dev.dalang.engine.tokenizer;
}
