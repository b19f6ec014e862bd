package dev.dalang.ledger;

import dev.dalang.api.DalangException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * An amount of US dollars, exact to the picodollar (10⁻¹² USD), in which every price per token is a whole number: one
 * picodollar a token is one millionth of a dollar for a million tokens. At most about 9.2 million dollars.
 */
public record Money(long picos) implements Comparable<Money> {

    public static final Money ZERO = new Money(0);
    private static final int SCALE = 12;

    /**
     * @param usd rounded up to the picodollar
     * @throws DalangException (invalid request) when it is beyond what can be counted
     */
    public static Money ofUsd(BigDecimal usd) {
        BigInteger picos =
                usd.movePointRight(SCALE).setScale(0, RoundingMode.CEILING).toBigInteger();
        if (picos.bitLength() > 63) {
            throw DalangException.invalidRequest(usd + " USD is more than can be counted (9 million)", null);
        }
        return new Money(picos.longValueExact());
    }

    public BigDecimal usd() {
        return BigDecimal.valueOf(picos, SCALE);
    }

    /** @throws ArithmeticException beyond what can be counted */
    public Money plus(Money other) {
        return new Money(Math.addExact(picos, other.picos));
    }

    public Money times(int factor) {
        return new Money(Math.multiplyExact(picos, factor));
    }

    public Money minus(Money other) {
        return new Money(Math.subtractExact(picos, other.picos));
    }

    @Override
    public int compareTo(Money other) {
        return Long.compare(picos, other.picos);
    }

    /** For people: cents where they suffice, else four significant digits: {@code $12.30}, {@code $0.000012}. */
    @Override
    public String toString() {
        BigDecimal usd = usd();
        if (usd.signum() == 0) return "$0.00";
        BigDecimal abs = usd.abs();
        int digits = Math.max(2, 3 - (abs.precision() - abs.scale() - 1));
        if (abs.compareTo(BigDecimal.ONE) >= 0) digits = 2;
        BigDecimal shown = abs.setScale(Math.min(digits, SCALE), RoundingMode.HALF_UP);
        BigDecimal trimmed = shown.stripTrailingZeros();
        if (trimmed.scale() < 2) trimmed = trimmed.setScale(2, RoundingMode.UNNECESSARY);
        return (usd.signum() < 0 ? "-$" : "$") + trimmed.toPlainString();
    }
}
