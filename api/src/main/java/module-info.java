/** The doorway: what every front end asks and every model answers. Needs nothing but the JDK. */
@org.jspecify.annotations.NullMarked
module dev.dalang.api {
    requires static transitive org.jspecify;

    exports dev.dalang.api;
}
