/** Models over HTTP, in the dialects that clients speak. */
@org.jspecify.annotations.NullMarked
module dev.dalang.server {
    requires transitive dev.dalang.api;
    requires transitive dev.dalang.engine;
    requires transitive dev.dalang.hub;
    requires transitive dev.dalang.ledger;
    requires transitive dev.dalang.net;
    requires transitive tools.jackson.databind;
    requires java.management;
    requires static org.jspecify;
    requires io.helidon.webserver;
    requires io.helidon.http;
    requires io.helidon.common.task;
    requires org.apache.commons.fileupload2.core;
    requires micrometer.core;
    requires micrometer.registry.prometheus;
    requires io.opentelemetry.api;
    requires io.opentelemetry.context;
    requires io.opentelemetry.exporter.internal.otlp;
    requires io.opentelemetry.sdk.common;
    requires io.opentelemetry.sdk.trace;

    exports dev.dalang.server.anthropic;
    exports dev.dalang.server.batches;
    exports dev.dalang.server.guard;
    exports dev.dalang.server.http;
    exports dev.dalang.server.llamacpp;
    exports dev.dalang.server.ollama;
    exports dev.dalang.server.openai;
    exports dev.dalang.server.preset;
    exports dev.dalang.server.responses;
    exports dev.dalang.server.web;
    exports dev.dalang.server.metrics;
    exports dev.dalang.server.trace;
    exports dev.dalang.server;
}
