/** The {@code dalang} command: one class per verb, and the one place where the parts are put together. */
@org.jspecify.annotations.NullMarked
module dev.dalang.cli {
    requires dev.dalang.api;
    requires dev.dalang.engine;
    requires dev.dalang.gateway;
    requires dev.dalang.hub;
    requires dev.dalang.ledger;
    requires dev.dalang.mini;
    requires dev.dalang.net;
    requires dev.dalang.server;
    requires dev.dalang.train;
    requires dev.dalang.trust;
    requires static org.jspecify;
    requires info.picocli;
    requires org.jline.reader;
    requires org.jline.terminal;
    requires tools.jackson.core;
    requires jdk.management;

    provides System.LoggerFinder with
            dev.dalang.cli.Loggers;

    opens dev.dalang.cli to
            info.picocli;
}
