package io.playhook.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

import io.playhook.bench.Load.Publishing;

/**
 * Makes the cache with which Java starts the service faster, by having it do what it will do ({@code
 * target/quarkus-app/app.aot}); and measures how long the service takes to be ready without and with it, in turn. Needs Java 25
 * and the package that the Maven profile {@code start} makes.
 *
 * <p>Arguments: {@code --jdk=/usr/lib/jvm/...}, for another Java than the one that runs this.
 */
final class Start {

    private static final String READY = "ms until ready";

    private static final int OLDEST_JAVA = 25;
    private static final int REPETITIONS = 5;
    private static final double TRAINING_SECONDS = 15;
    private static final double PUBLISHES_PER_SECOND = 200;
    private static final int WEBHOOKS = 3;
    private static final Duration REST = Duration.ofSeconds(5);
    private static final Path CACHE = Path.of("target/quarkus-app/app.aot");
    private static final Path TABLE = Path.of("target/bench/start.md");

    private Start() {}

    public static void main(String[] arguments) throws Exception {
        Jvm jvm = Bench.jvm(List.of(arguments));
        if (jvm.version() < OLDEST_JAVA) {
            throw new IllegalStateException(
                    "Java %d can't do that: name one from %d on, with --jdk=".formatted(jvm.version(), OLDEST_JAVA));
        }
        try (Load load = new Load();
                Deployment deployment = Deployment.embedded(Files.createTempDirectory("playhook-start-"), jvm)) {
            String token = deployment
                    .newOrganization(WEBHOOKS, load.sinkPort(), Sink.NOTED)
                    .token();
            train(deployment, jvm, load, token);
            String table = measure(deployment, jvm);
            Files.writeString(TABLE, table);
            System.out.println();
            System.out.println(table);
        }
    }

    private static void train(Deployment deployment, Jvm jvm, Load load, String token) throws Exception {
        Bench.say("Training");
        Files.deleteIfExists(CACHE);
        deployment.restart(jvm.with("-XX:AOTCacheOutput=" + CACHE));
        load.publish(
                List.of(deployment.port()), new Publishing(List.of(token), 1, PUBLISHES_PER_SECOND), TRAINING_SECONDS);
        // It writes the cache as it ends.
        deployment.stop();
        if (!Files.exists(CACHE)) {
            throw new IllegalStateException("There is no cache: see target/bench/service.log");
        }
    }

    private static String measure(Deployment deployment, Jvm jvm) throws Exception {
        Jvm cached = jvm.with("-XX:AOTCache=" + CACHE);
        Figures plainly = new Figures();
        Figures withCache = new Figures();
        for (int i = 1; i <= REPETITIONS; i++) {
            Bench.say("Start %d of %d".formatted(i, REPETITIONS));
            start(deployment, jvm, plainly);
            start(deployment, cached, withCache);
        }
        return String.join(
                "\n",
                "Java %d, %d starts in turn, %d processors. Median, and least to most."
                        .formatted(
                                jvm.version(), REPETITIONS, Runtime.getRuntime().availableProcessors()),
                "",
                "| | from the process's start until it is ready, ms | of the plain one | RSS %d s later, MiB |"
                        .formatted(REST.toSeconds()),
                "| --- | --- | --- | --- |",
                row("plain", plainly, plainly),
                row("with the cache", withCache, plainly),
                "");
    }

    private static void start(Deployment deployment, Jvm jvm, Figures into) throws Exception {
        into.add(READY, deployment.restart(jvm).toMillis());
        Thread.sleep(REST.toMillis());
        into.add(Bench.MEMORY, Usage.residentMib(deployment.servicePid()));
    }

    private static String row(String name, Figures figures, Figures plainly) {
        return String.format(
                Locale.ROOT,
                "| %s | %,.0f (%,.0f to %,.0f) | %.2f | %.0f |",
                name,
                figures.median(READY),
                figures.least(READY),
                figures.most(READY),
                figures.median(READY) / plainly.median(READY),
                figures.median(Bench.MEMORY));
    }
}
