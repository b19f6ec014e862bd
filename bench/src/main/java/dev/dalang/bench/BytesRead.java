package dev.dalang.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Further columns of JMH's report, by the second: memory that had to be read. */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class BytesRead {

    /** 10⁹ bytes. */
    public double gigabytes;

    /** Seconds that the reading alone takes at best. */
    public double ofRoofline;

    /** @param roofline bytes a second */
    void add(long bytes, double roofline) {
        gigabytes += 1e-9 * bytes;
        ofRoofline += bytes / roofline;
    }
}
