package io.playhook.bench;

import java.io.IOException;
import java.util.Locale;

/** The figures as Markdown. */
final class Table {

    private final StringBuilder text = new StringBuilder();
    private final double bare;

    private Table(double bare) {
        this.bare = bare;
    }

    static String of(Bench bench, int repetitions, double seconds) throws IOException {
        Table table = new Table(bench.bare().median(Bench.PER_SECOND));
        table.line(
                "%d repetitions of %.0f s in turn, on %d processors with JDK %s and %s; 64 connections, events of 600 bytes. Median, and least to most.",
                repetitions, seconds, Runtime.getRuntime().availableProcessors(), bench.java(), bench.database());
        table.line("");
        table.line(
                "| | delivered/s | of a bare client | accepted/s | publish p50 / p99 ms | CPU-s per 1,000 deliveries: service + PostgreSQL (sink, generator) | rows, WAL bytes, commits a delivery | RSS MiB |");
        table.line("| --- | --- | --- | --- | --- | --- | --- | --- |");
        for (Workload workload : bench.workloads()) {
            table.row(workload, bench.of(workload));
        }
        table.line("");
        table.line("| yardstick | /s |");
        table.line("| --- | --- |");
        table.line("| (a) a bare client that posts the same to the same sink | %s |", spread(bench.bare()));
        table.line("| (b) the rows that stay of an event, inserted in batches of 100 | %s |", spread(bench.rows()));
        table.line("");
        if (bench.workloads().contains(Workload.W4)) {
            Figures latency = bench.of(Workload.W4);
            table.line(
                    "W4, from the 202 to the arrival: p50 %.1f ms, p99 %.1f ms.",
                    latency.median(Bench.ARRIVAL_P50), latency.median(Bench.ARRIVAL_P99));
        }
        Figures rest = bench.rest();
        table.line(
                "At rest after it: service %.2f %% of a core, PostgreSQL %.2f %%, %.0f MiB.",
                100 * rest.median(Bench.SERVICE_CPU), 100 * rest.median(Bench.POSTGRES_CPU), rest.median(Bench.MEMORY));
        return table.text.toString();
    }

    private void row(Workload workload, Figures figures) {
        line(
                "| %s: %s | %s | %.3f | %,.0f | %.1f / %.1f | %.3f + %.3f (%.3f, %.3f) | %.1f, %,.0f, %.3f | %.0f |",
                workload,
                workload.description,
                spread(figures),
                figures.median(Bench.PER_SECOND) / bare,
                figures.median(Bench.ACCEPTED),
                figures.median(Bench.PUBLISH_P50),
                figures.median(Bench.PUBLISH_P99),
                figures.median(Bench.SERVICE_CPU),
                figures.median(Bench.POSTGRES_CPU),
                figures.median(Bench.SINK_CPU),
                figures.median(Bench.GENERATOR_CPU),
                figures.median(Bench.ROWS_WRITTEN),
                figures.median(Bench.WAL),
                figures.median(Bench.COMMITS),
                figures.most(Bench.MEMORY));
    }

    private static String spread(Figures figures) {
        return String.format(
                Locale.ROOT,
                "%,.0f (%,.0f to %,.0f)",
                figures.median(Bench.PER_SECOND),
                figures.least(Bench.PER_SECOND),
                figures.most(Bench.PER_SECOND));
    }

    private void line(String format, Object... arguments) {
        text.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }
}
