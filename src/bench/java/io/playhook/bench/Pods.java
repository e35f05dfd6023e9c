package io.playhook.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import io.playhook.bench.Deployment.Used;
import io.playhook.bench.Load.Arrivals;
import io.playhook.bench.Load.Published;
import io.playhook.bench.Load.Publishing;

/**
 * Two pods on one database: publishes to one of them and to both in turn, and counts what arrives and what arrives twice. The
 * two share the machine's processors with all else, so that both can hardly do more than one; they should not do less.
 *
 * <p>Arguments: {@code --jdk=/usr/lib/jvm/...}, for another Java of the service.
 */
final class Pods {

    private static final int ORGANIZATIONS = 10;
    private static final double SECONDS = 12;
    private static final double WARM_UP_SECONDS = 40;
    private static final int REPETITIONS = 4;
    private static final Path TABLE = Path.of("target/bench/pods.md");

    private final Load load;
    private final Deployment deployment;
    private final List<String> tokens = new ArrayList<>();
    private long repeated;

    private Pods(Load load, Deployment deployment) throws Exception {
        this.load = load;
        this.deployment = deployment;
        for (int i = 0; i < ORGANIZATIONS; i++) {
            tokens.add(
                    deployment.newOrganization(1, load.sinkPort(), Sink.NOTED).token());
        }
        deployment.addPod();
    }

    public static void main(String[] arguments) throws Exception {
        Jvm jvm = Bench.jvm(List.of(arguments));
        try (Load load = new Load();
                Deployment deployment = Deployment.embedded(Files.createTempDirectory("playhook-pods-"), jvm)) {
            new Pods(load, deployment).run();
        }
    }

    private void run() throws Exception {
        List<Integer> both = deployment.ports();
        List<Integer> one = both.subList(0, 1);
        Figures ofOne = new Figures();
        Figures ofBoth = new Figures();
        Bench.say("Warming up");
        measure(both.subList(1, 2), WARM_UP_SECONDS, new Figures());
        measure(one, WARM_UP_SECONDS, new Figures());
        measure(both, WARM_UP_SECONDS, new Figures());
        for (int i = 1; i <= REPETITIONS; i++) {
            Bench.say("Repetition %d of %d".formatted(i, REPETITIONS));
            measure(one, SECONDS, ofOne);
            measure(both, SECONDS, ofBoth);
        }
        String table = String.join(
                "\n",
                "%d repetitions of %.0f s in turn; median, and least to most. Deliveries that came twice: %d."
                        .formatted(REPETITIONS, SECONDS, repeated),
                "",
                "| W1, published to | delivered/s | of one | CPU-s per 1,000: service + PostgreSQL |",
                "| --- | --- | --- | --- |",
                row("one of two pods", ofOne, ofOne),
                row("both in turn", ofBoth, ofOne),
                "");
        Files.createDirectories(TABLE.getParent());
        Files.writeString(TABLE, table);
        System.out.println();
        System.out.println(table);
        if (repeated > 0) {
            throw new IllegalStateException(repeated + " deliveries came twice");
        }
    }

    private void measure(List<Integer> ports, double seconds, Figures into) throws Exception {
        load.note();
        Used before = deployment.used();
        Published published = load.publish(ports, new Publishing(tokens, 1, 0), seconds);
        load.awaitNoted(published.events());
        Used used = deployment.used().since(before);
        Arrivals arrivals = load.arrivals();
        repeated += arrivals.repeated();
        into.add(Bench.PER_SECOND, published.events() / used.seconds());
        into.add(Bench.SERVICE_CPU, 1_000 * used.service() / published.events());
        into.add(Bench.POSTGRES_CPU, 1_000 * used.postgres() / published.events());
        Bench.say("%d pods: %,.0f/s".formatted(ports.size(), published.events() / used.seconds()));
    }

    private static String row(String name, Figures figures, Figures ofOne) {
        return String.format(
                Locale.ROOT,
                "| %s | %,.0f (%,.0f to %,.0f) | %.2f | %.3f + %.3f |",
                name,
                figures.median(Bench.PER_SECOND),
                figures.least(Bench.PER_SECOND),
                figures.most(Bench.PER_SECOND),
                figures.median(Bench.PER_SECOND) / ofOne.median(Bench.PER_SECOND),
                figures.median(Bench.SERVICE_CPU),
                figures.median(Bench.POSTGRES_CPU));
    }
}
