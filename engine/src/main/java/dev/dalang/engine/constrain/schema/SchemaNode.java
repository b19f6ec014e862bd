package dev.dalang.engine.constrain.schema;

import java.net.URI;

/**
 * A schema in its document; equal only to itself.
 *
 * @param path where it stands, for messages
 * @param base what its references are relative to
 * @param legacy it follows a draft before 2019-09, in which {@code $ref} stands alone
 */
record SchemaNode(Json json, String path, URI base, boolean legacy) {

    @Override
    public boolean equals(Object o) {
        return o instanceof SchemaNode n && json == n.json && base.equals(n.base);
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(json);
    }
}
