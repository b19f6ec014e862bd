package dev.dalang.train.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * A diagram of curves over steps, as SVG that takes its colours from the page around it. Curves differ in colour and in
 * their dashes; what they show is also said in words and in a table, for those who cannot see them.
 */
final class Plot {

    private static final int WIDTH = 720;
    private static final int HEIGHT = 260;
    private static final int LEFT = 64;
    private static final int RIGHT = 24;
    private static final int TOP = 12;
    private static final int BOTTOM = 36;
    private static final int POINTS_MAX = 480;
    private static final int ROWS_MAX = 24;

    private final String id;
    private final String title;
    private final String unit;
    private final boolean logarithmic;
    private final List<Curve> curves = new ArrayList<>();
    private double left = Double.POSITIVE_INFINITY;
    private double right = Double.NEGATIVE_INFINITY;
    private double low = Double.POSITIVE_INFINITY;
    private double high = Double.NEGATIVE_INFINITY;

    /**
     * @param id of the figure, a word that no other one on the page has
     * @param unit of the values, for people
     * @param logarithmic whether the values' axis is; what is not above zero is then left out
     */
    Plot(String id, String title, String unit, boolean logarithmic) {
        this.id = id;
        this.title = title;
        this.unit = unit;
        this.logarithmic = logarithmic;
    }

    Plot add(Curve curve) {
        Curve shown = logarithmic
                ? new Curve(
                        curve.name(),
                        curve.points().stream().filter(p -> p.low() > 0).toList())
                : curve;
        shown = shown.thinned(POINTS_MAX);
        if (shown.isEmpty()) return this;
        curves.add(shown);
        for (Curve.Point p : shown.points()) {
            left = Math.min(left, p.x());
            right = Math.max(right, p.x());
            low = Math.min(low, p.low());
            high = Math.max(high, p.high());
        }
        return this;
    }

    boolean isEmpty() {
        return curves.isEmpty();
    }

    /** The figure with its caption, the diagram, and the numbers behind it. */
    String figure() {
        if (right <= left) right = left + 1;
        if (high <= low) {
            double room = low == 0 ? 1 : Math.abs(low) * 0.1;
            high += room;
            if (!logarithmic) low -= room;
        }
        StringBuilder s = new StringBuilder();
        s.append("<figure id=\"").append(id).append("\">\n<figcaption>").append(Page.escape(title));
        s.append(" <small>(").append(Page.escape(unit)).append(")</small>").append(legend());
        s.append("</figcaption>\n");
        svg(s);
        table(s);
        return s.append("</figure>\n").toString();
    }

    private String legend() {
        if (curves.size() < 2) return "";
        StringBuilder s = new StringBuilder("<span class=\"legend\">");
        for (int i = 0; i < curves.size(); i++) {
            s.append(" <svg width=\"28\" height=\"10\" aria-hidden=\"true\"><path class=\"line c")
                    .append(i)
                    .append("\" d=\"M0 5H28\"/></svg> ")
                    .append(Page.escape(curves.get(i).name()));
        }
        return s.append("</span>").toString();
    }

    private void svg(StringBuilder s) {
        s.append("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 ")
                .append(WIDTH + " " + HEIGHT)
                .append("\" aria-labelledby=\"" + id + "-t " + id + "-d\">\n<title id=\"" + id + "-t\">")
                .append(Page.escape(title))
                .append("</title>\n<desc id=\"" + id + "-d\">")
                .append(Page.escape(words()))
                .append("</desc>\n");
        List<Double> ys = logarithmic ? Ticks.logarithmic(low, high) : Ticks.linear(low, high, 5);
        for (double y : ys) {
            s.append(format("<path class=\"grid\" d=\"M%d %.1fH%d\"/>", LEFT, y(y), WIDTH - RIGHT));
            s.append(format("<text class=\"tick\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">", LEFT - 6, y(y) + 4));
            s.append(Ticks.text(y)).append("</text>\n");
        }
        for (double x : Ticks.linear(left, right, 8)) {
            s.append(format("<path class=\"grid\" d=\"M%.1f %dV%d\"/>", x(x), TOP, HEIGHT - BOTTOM));
            s.append(format(
                    "<text class=\"tick\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">", x(x), HEIGHT - BOTTOM + 16));
            s.append(Ticks.text(x)).append("</text>\n");
        }
        s.append(format(
                "<text class=\"tick\" x=\"%d\" y=\"%d\" text-anchor=\"end\">steps</text>\n",
                WIDTH - RIGHT, HEIGHT - 4));
        for (int i = 0; i < curves.size(); i++) {
            Curve c = curves.get(i);
            band(c, i, s);
            s.append("<path class=\"line c" + i + "\" d=\"")
                    .append(line(c.points(), Curve.Point::y))
                    .append("\"/>\n");
            if (c.points().size() == 1) {
                Curve.Point p = c.points().getFirst();
                s.append(
                        format("<circle class=\"dot c%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>\n", i, x(p.x()), y(p.y())));
            }
        }
        s.append("</svg>\n");
    }

    /** The range that each point of a thinned curve stands for. */
    private void band(Curve c, int i, StringBuilder s) {
        if (c.points().stream().allMatch(p -> p.low() == p.high())) return;
        s.append("<path class=\"band c" + i + "\" d=\"").append(line(c.points(), Curve.Point::high));
        s.append(line(c.points().reversed(), Curve.Point::low).replace('M', 'L'))
                .append("Z\"/>\n");
    }

    private String line(List<Curve.Point> points, ToDoubleFunction<Curve.Point> value) {
        StringBuilder d = new StringBuilder();
        for (Curve.Point p : points) {
            d.append(d.isEmpty() ? 'M' : 'L').append(format("%.1f %.1f", x(p.x()), y(value.applyAsDouble(p))));
        }
        return d.toString();
    }

    private double x(double value) {
        return LEFT + (value - left) / (right - left) * (WIDTH - LEFT - RIGHT);
    }

    private double y(double value) {
        double share = logarithmic
                ? (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low))
                : (value - low) / (high - low);
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
    }

    /** What somebody would say who describes the diagram. */
    private String words() {
        StringBuilder words = new StringBuilder();
        for (Curve c : curves) {
            Curve.Point first = c.points().getFirst();
            Curve.Point last = c.points().getLast();
            words.append(c.name())
                    .append(": ")
                    .append(Ticks.text(first.y()))
                    .append(" at step ")
                    .append(Math.round(first.x()))
                    .append(", ")
                    .append(Ticks.text(last.y()))
                    .append(" at step ")
                    .append(Math.round(last.x()))
                    .append("; between ")
                    .append(Ticks.text(c.points().stream()
                            .mapToDouble(Curve.Point::low)
                            .min()
                            .orElse(0)))
                    .append(" and ")
                    .append(Ticks.text(c.points().stream()
                            .mapToDouble(Curve.Point::high)
                            .max()
                            .orElse(0)))
                    .append(". ");
        }
        return words.toString().strip();
    }

    private void table(StringBuilder s) {
        s.append("<details><summary>The numbers</summary>\n");
        for (Curve c : curves) {
            Curve few = c.thinned(ROWS_MAX);
            List<List<String>> rows = new ArrayList<>();
            for (Curve.Point p : few.points()) rows.add(List.of(Long.toString(Math.round(p.x())), Ticks.text(p.y())));
            s.append(Page.table(c.name(), List.of("step", unit), rows));
        }
        s.append("</details>\n");
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency
    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
