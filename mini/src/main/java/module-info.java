/** The built-in model, and what it is trained on. */
@org.jspecify.annotations.NullMarked
module dev.dalang.mini {
    requires transitive dev.dalang.engine;
    requires dev.dalang.train;
    requires static org.jspecify;
    requires tools.jackson.core;

    exports dev.dalang.mini;

    provides dev.dalang.train.recipe.CorpusGenerator with
            dev.dalang.mini.MiniCorpus;
}
