package dev.dalang.hub.fetch;

import dev.dalang.hub.store.FileName;
import dev.dalang.hub.store.Manifest;
import dev.dalang.hub.store.Role;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A GGUF file at an address of the web, without a hub that knows about it: there is no hash to compare with. */
final class DirectAddress {
    private final Reach reach;

    DirectAddress(Reach reach) {
        this.reach = reach;
    }

    Plan plan(Source.Url source) {
        URI address = source.address();
        Reach.Answer head = reach.head(address, "plan " + address.getHost());
        if (!head.ok()) {
            if (head.status() == 404 || head.status() == 410) {
                throw Failures.unavailable(source.name(), address.getHost() + " has no " + address.getPath());
            }
            throw Reach.unexpected(address, head.status());
        }
        long bytes = head.head().length();
        if (bytes < 0) {
            throw Failures.upstream(address.getHost() + " does not say how long " + address.getPath() + " is", 0);
        }
        String validator = validator(head);
        Plan.PlannedFile file = new Plan.PlannedFile(
                new FileName("model.gguf"), Role.WEIGHTS, address, bytes, null, null, validator, Map.of());
        String shown = address.getScheme() + "://" + address.getAuthority() + address.getPath();
        return new Plan(source.name(), source, new Manifest.Origin("url", shown, validator), List.of(file), Map.of());
    }

    /** A strong ETag (RFC 9110 §8.8.3), or the date of the last change. */
    private static @Nullable String validator(Reach.Answer head) {
        String tag = head.header("ETag");
        if (tag != null && tag.matches("\"[!-~&&[^\"]]{1,200}\"")) return tag;
        return head.header("Last-Modified");
    }
}
