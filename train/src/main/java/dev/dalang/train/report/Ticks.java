package dev.dalang.train.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Round numbers along an axis, and numbers as people read them. */
final class Ticks {

    private Ticks() {}

    /** About {@code count} multiples of 1, 2 or 5 times a power of ten that lie within a range. */
    static List<Double> linear(double low, double high, int count) {
        double rough = (high - low) / Math.max(1, count);
        if (!(rough > 0) || !Double.isFinite(rough)) return List.of(low);
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double step = power;
        for (double factor : new double[] {1, 2, 5, 10}) {
            step = factor * power;
            if (step >= rough) break;
        }
        List<Double> ticks = new ArrayList<>();
        for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) ticks.add(i * step);
        return ticks;
    }

    /** Powers of ten, and where they are few 2 and 5 times them too. */
    static List<Double> logarithmic(double low, double high) {
        boolean wide = high / low > 1000;
        List<Double> ticks = new ArrayList<>();
        for (int p = (int) Math.floor(Math.log10(low)); p <= Math.ceil(Math.log10(high)); p++) {
            for (double factor : wide ? new double[] {1} : new double[] {1, 2, 5}) {
                double tick = factor * Math.pow(10, p);
                if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.add(tick);
            }
        }
        return ticks.isEmpty() ? List.of(low, high) : ticks;
    }

    /** Four digits at most, with k, M or G: {@code 0.0003}, {@code 2.345}, {@code 16.4k}. */
    static String text(double value) {
        if (!Double.isFinite(value)) return "–";
        double size = Math.abs(value);
        if (size >= 1e9) return trimmed(value / 1e9) + "G";
        if (size >= 1e6) return trimmed(value / 1e6) + "M";
        if (size >= 1e4) return trimmed(value / 1e3) + "k";
        if (size != 0 && size < 1e-3) {
            return String.format(Locale.ROOT, "%.1e", value).replace(".0e", "e").replaceAll("e([+-])0", "e$1");
        }
        return trimmed(value);
    }

    private static String trimmed(double value) {
        double size = Math.abs(value);
        int digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.1 ? 3 : 5;
        String text = String.format(Locale.ROOT, "%." + digits + "f", value);
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }
}
