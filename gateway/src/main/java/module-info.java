/** Hosted models behind the doorway: their wires, prices, routes and bills. */
@org.jspecify.annotations.NullMarked
module dev.dalang.gateway {
    requires transitive dev.dalang.api;
    requires transitive dev.dalang.ledger;
    requires transitive dev.dalang.net;
    requires static org.jspecify;
    requires io.github.resilience4j.circuitbreaker;
    requires org.tomlj;
    requires tools.jackson.databind;

    exports dev.dalang.gateway.meter;
    exports dev.dalang.gateway.price;
    exports dev.dalang.gateway.provider;
    exports dev.dalang.gateway.route;
}
