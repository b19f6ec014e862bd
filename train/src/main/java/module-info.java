/** Training from scratch and fine-tuning, on the engine's arithmetic. */
@org.jspecify.annotations.NullMarked
module dev.dalang.train {
    requires transitive dev.dalang.api;
    requires transitive dev.dalang.engine;
    requires java.management;
    requires static org.jspecify;
    requires org.tomlj;
    requires tools.jackson.core;

    exports dev.dalang.train.chat;
    exports dev.dalang.train.data;
    exports dev.dalang.train.export;
    exports dev.dalang.train.graph;
    exports dev.dalang.train.loop;
    exports dev.dalang.train.recipe;
    exports dev.dalang.train.report;
    exports dev.dalang.train.tokenizer;
    exports dev.dalang.train.tune;

    uses dev.dalang.train.recipe.CorpusGenerator;
}
