/** What must be remembered: acceptances, pulls, requests and budgets, in an embedded database or in PostgreSQL. */
@org.jspecify.annotations.NullMarked
module dev.dalang.ledger {
    requires transitive dev.dalang.api;
    requires static org.jspecify;
    requires java.sql;
    requires com.zaxxer.hikari;
    // JDBI's own need: it has no descriptor that says so.
    requires io.leangen.geantyref;
    requires flyway.core;
    requires org.jdbi.v3.core;
    requires org.postgresql.jdbc;
    requires org.xerial.sqlitejdbc;
    requires tools.jackson.core;

    exports dev.dalang.ledger;
}
