package dev.dalang.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Further columns of JMH's report, by the second: multiplications and additions that had to be made. */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Products {

    /** 10⁹ of them. */
    public double gigaflops;

    /** Seconds that they alone take at best. */
    public double ofRoofline;

    /** @param roofline operations a second */
    void add(long operations, double roofline) {
        gigaflops += 1e-9 * operations;
        ofRoofline += operations / roofline;
    }
}
