package io.playhook.bench;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Deliveries a second as bars, beside what a bare client comes to; on a logarithmic axis, from 100 up. */
final class Picture {

    private static final int WIDTH = 720;
    private static final int LABELS = 290;
    private static final int ROW = 34;
    private static final double LEAST = 2;
    private static final double DECADE = 120;

    private Picture() {}

    static String of(Bench bench) {
        Map<String, Figures> bars = new LinkedHashMap<>();
        for (Workload workload : bench.workloads()) {
            if (workload != Workload.W4) {
                bars.put(workload + ": " + workload.description, bench.of(workload));
            }
        }
        bars.put("a bare client", bench.bare());
        bars.put("batched inserts, events", bench.rows());
        int height = ROW * (bars.size() + 2);
        StringBuilder svg = new StringBuilder();
        line(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"14\" role=\"img\" aria-label=\"Deliveries a second\">",
                WIDTH,
                height);
        line(svg, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>", WIDTH, height);
        for (int decade = 2; decade <= 5; decade++) {
            double x = x(Math.pow(10, decade));
            line(svg, "<path d=\"M%.0f 10V%d\" stroke=\"#d0d0d0\"/>", x, height - ROW);
            line(
                    svg,
                    "<text x=\"%.0f\" y=\"%d\" text-anchor=\"middle\" fill=\"#444444\">%,.0f/s</text>",
                    x,
                    height - 12,
                    Math.pow(10, decade));
        }
        int y = 14;
        for (Map.Entry<String, Figures> bar : bars.entrySet()) {
            double median = bar.getValue().median(Bench.PER_SECOND);
            line(svg, "<text x=\"8\" y=\"%d\" fill=\"#222222\">%s</text>", y + 17, bar.getKey());
            line(
                    svg,
                    "<rect x=\"%d\" y=\"%d\" width=\"%.0f\" height=\"22\" fill=\"%s\"/>",
                    LABELS,
                    y,
                    Math.max(1, x(median) - LABELS),
                    bar.getKey().startsWith("W") ? "#2b6cb0" : "#9aa5b1");
            line(svg, "<text x=\"%d\" y=\"%d\" fill=\"#ffffff\">%,.0f</text>", LABELS + 6, y + 16, median);
            y += ROW;
        }
        return svg.append("</svg>\n").toString();
    }

    private static double x(double perSecond) {
        return LABELS + Math.max(0, Math.log10(perSecond) - LEAST) * DECADE;
    }

    private static void line(StringBuilder svg, String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }
}
