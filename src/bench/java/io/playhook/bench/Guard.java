package io.playhook.bench;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Properties;
import java.util.Set;

/**
 * Fails where a delivery has become dear: where service and database together use so much more CPU for it than what is kept
 * in {@code src/bench/guard.properties} that a machine would deliver 30 % less. CPU is counted in that of a bare client's
 * post to the same sink in the same run, so that a slow machine, or a busy one, says the same as another.
 *
 * <p>The service's Java compiles quickly and not well: it is as fast as it gets after seconds, where else it would take
 * minutes, and what that takes would be most of what is measured.
 */
final class Guard {

    static final Set<Workload> WORKLOADS = EnumSet.of(Workload.W1, Workload.W2);
    static final String COMPILER = "-XX:TieredStopAtLevel=1";

    private static final double LOSS = 0.30;
    private static final Path KEPT = Path.of("src/bench/guard.properties");

    private Guard() {}

    static void check(Bench bench) throws IOException {
        Properties kept = new Properties();
        try (Reader file = Files.newBufferedReader(KEPT)) {
            kept.load(file);
        }
        boolean passed = true;
        for (Workload workload : WORKLOADS) {
            double was = Double.parseDouble(kept.getProperty(workload.name()));
            double most = was / (1 - LOSS);
            double is = cost(bench, workload);
            passed &= is <= most;
            Bench.say("%s: a delivery costs %.1f bare posts; kept is %.1f, and more than %.1f is too much"
                    .formatted(workload, is, was, most));
        }
        if (!passed) {
            throw new IllegalStateException(
                    "A delivery has become too dear. If that has a reason, keep the new figure in %s".formatted(KEPT));
        }
    }

    private static double cost(Bench bench, Workload workload) {
        Figures figures = bench.of(workload);
        return (figures.median(Bench.SERVICE_CPU) + figures.median(Bench.POSTGRES_CPU))
                / bench.bare().median(Bench.BARE_CPU);
    }
}
