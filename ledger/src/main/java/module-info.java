/** What must be remembered: acceptances of licences and where models came from, in an embedded database. */
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
    requires org.xerial.sqlitejdbc;

    exports dev.dalang.ledger;
}
