package dev.dalang.ledger;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.UUID;

/** Ids of requests: UUIDs of version 7 (RFC 9562, section 5.7), whose order is that of time, so that rows are appended. */
public final class RequestId {
    private static final SecureRandom RANDOM = new SecureRandom();

    private RequestId() {}

    public static String next(Instant at) {
        long millis = at.toEpochMilli() & 0xFFFF_FFFF_FFFFL;
        long high = millis << 16 | 0x7000L | RANDOM.nextInt(1 << 12);
        long low = RANDOM.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL | 0x8000_0000_0000_0000L;
        return new UUID(high, low).toString();
    }
}
