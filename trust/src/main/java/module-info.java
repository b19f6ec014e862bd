/** What may leave the machine: personal data and secrets found and replaced, and the rules for it. */
@org.jspecify.annotations.NullMarked
module dev.dalang.trust {
    requires transitive dev.dalang.api;
    requires static org.jspecify;
    requires com.google.i18n.phonenumbers.libphonenumber;
    requires org.tomlj;

    exports dev.dalang.trust.policy;
    exports dev.dalang.trust.redact;
}
