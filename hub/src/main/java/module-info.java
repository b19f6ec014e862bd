/** Which models exist, may I have them, will they fit, fetch them, keep them. */
@org.jspecify.annotations.NullMarked
module dev.dalang.hub {
    requires transitive dev.dalang.api;
    requires transitive dev.dalang.ledger;
    requires transitive dev.dalang.net;
    requires transitive dev.dalang.engine;
    requires static org.jspecify;
    requires tools.jackson.core;

    exports dev.dalang.hub.catalogue;
    exports dev.dalang.hub.fetch;
    exports dev.dalang.hub.fit;
    exports dev.dalang.hub.json;
    exports dev.dalang.hub.licence;
    exports dev.dalang.hub.pull;
    exports dev.dalang.hub.store;
    exports dev.dalang.hub.trust;
}
