package dev.dalang.train.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Points of a diagram, the x in rising order. Points that are not finite are left out.
 *
 * @param name for a legend
 */
record Curve(String name, List<Point> points) {

    /** @param low least value that it stands for; {@code high} the greatest */
    record Point(double x, double y, double low, double high) {}

    Curve {
        points = points.stream()
                .filter(p -> Double.isFinite(p.x) && Double.isFinite(p.y))
                .toList();
    }

    static Point point(long step, double y) {
        return new Point((double) step, y, y, y);
    }

    /** At most {@code count} points, each the mean of its neighbours, between the least and the greatest of them. */
    Curve thinned(int count) {
        if (points.size() <= count) return this;
        List<Point> few = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int from = (int) ((long) i * points.size() / count);
            int to = (int) ((i + 1L) * points.size() / count);
            double x = 0;
            double y = 0;
            double low = Double.POSITIVE_INFINITY;
            double high = Double.NEGATIVE_INFINITY;
            for (Point p : points.subList(from, to)) {
                x += p.x;
                y += p.y;
                low = Math.min(low, p.low);
                high = Math.max(high, p.high);
            }
            few.add(new Point(x / (to - from), y / (to - from), low, high));
        }
        return new Curve(name, few);
    }

    boolean isEmpty() {
        return points.isEmpty();
    }
}
