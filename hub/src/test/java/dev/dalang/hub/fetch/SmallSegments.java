package dev.dalang.hub.fetch;

import dev.dalang.api.Cancellation;
import dev.dalang.hub.store.Library;
import dev.dalang.net.Http;
import java.util.Map;

/** A fetcher that cuts small files into many segments. */
public final class SmallSegments {
    private SmallSegments() {}

    public static Fetcher fetcher(Http http, Library library, Map<String, String> environment, int segmentBytes) {
        return new Fetcher(http, library, environment, new Download.Sizes(segmentBytes, 2, 3), Cancellation.NONE);
    }
}
