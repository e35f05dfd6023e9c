package io.playhook.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import io.playhook.bench.Deployment.Jvm;

/**
 * Measures the packaged service, as one process of its own beside its PostgreSQL, a sink and a generator, all on this machine;
 * and in the same run what the machine can do without it. Prints a table, and leaves it with a picture in {@code target/bench}.
 *
 * <p>Arguments: {@code --quick}; {@code --guard}, to fail where a delivery has become dear ({@link Guard}); {@code
 * --only=W1,W2}; {@code --postgres=installed}, for that of the distribution; {@code --jdk=/usr/lib/jvm/...}, for another Java
 * of the service than the benchmark's own; {@code --java=-Xmx128m,-XX:+UseSerialGC}, for other options of it than the image's.
 */
final class Bench implements AutoCloseable {

    /** Deliveries, from the first publish until the last of them has arrived: what lines up is not hidden. */
    static final String PER_SECOND = "per second";

    static final String ACCEPTED = "accepted per second";
    static final String PUBLISH_P50 = "publish p50";
    static final String PUBLISH_P99 = "publish p99";
    static final String ARRIVAL_P50 = "arrival p50";
    static final String ARRIVAL_P99 = "arrival p99";
    static final String SERVICE_CPU = "CPU-s of the service per 1,000";
    static final String POSTGRES_CPU = "CPU-s of PostgreSQL per 1,000";
    static final String SINK_CPU = "CPU-s of the sink per 1,000";
    static final String GENERATOR_CPU = "CPU-s of the generator per 1,000";
    static final String BARE_CPU = "CPU-s of the sink and a bare client per 1,000";
    static final String MEMORY = "resident MiB";

    /** Rows inserted, updated or deleted. */
    static final String ROWS_WRITTEN = "rows written per delivery";

    static final String WAL = "WAL bytes per delivery";

    private static final int CONNECTIONS = 64;
    private static final Duration DRAIN = Duration.ofSeconds(60);
    private static final Path FOLDER = Path.of("target/bench");

    private final boolean guard;
    private final boolean quick;
    private final boolean installed;
    private final Set<Workload> workloads;
    private final Jvm jvm;
    private final Deployment deployment;
    private final Child sink;
    private final Child generator;
    private final int sinkPort;

    private final Figures bare = new Figures();
    private final Figures rows = new Figures();
    private final Figures rest = new Figures();
    private final Map<Workload, Figures> figures = new EnumMap<>(Workload.class);
    private final Map<Workload, List<String>> tokens = new EnumMap<>(Workload.class);

    private Bench(List<String> arguments, Path folder) throws Exception {
        guard = arguments.contains("--guard");
        quick = guard || arguments.contains("--quick");
        installed = arguments.contains("--postgres=installed");
        workloads = guard
                ? Guard.WORKLOADS
                : value(arguments, "--only=").map(Bench::chosen).orElse(EnumSet.allOf(Workload.class));
        sink = Child.start(Sink.class);
        generator = Child.start(Generator.class);
        Jvm named = new Jvm(
                Path.of(value(arguments, "--jdk=").orElse(System.getProperty("java.home"))),
                value(arguments, "--java=")
                        .map(java -> List.of(java.split(",")))
                        .orElse(Deployment.JAVA_OPTIONS));
        jvm = guard ? named.with(Guard.COMPILER) : named;
        deployment = installed ? Deployment.installed(folder, jvm) : Deployment.embedded(folder, jvm);
        sinkPort = sink.ask(order("port")).getInteger("port");
        for (Workload workload : workloads) {
            figures.put(workload, new Figures());
            List<String> ofWorkload = new ArrayList<>();
            for (int i = 0; i < workload.organizations; i++) {
                ofWorkload.add(deployment.newOrganization(workload.fanOut, sinkPort));
            }
            tokens.put(workload, ofWorkload);
        }
    }

    static Optional<String> value(List<String> arguments, String option) {
        return arguments.stream()
                .filter(argument -> argument.startsWith(option))
                .findFirst()
                .map(argument -> argument.substring(option.length()));
    }

    private static Set<Workload> chosen(String names) {
        Set<Workload> chosen = EnumSet.noneOf(Workload.class);
        Arrays.stream(names.split(",")).map(Workload::valueOf).forEach(chosen::add);
        if (chosen.contains(Workload.W4)) {
            // Half of its pace.
            chosen.add(Workload.W1);
        }
        return chosen;
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Files.createTempDirectory("playhook-bench-");
        try (Bench bench = new Bench(List.of(arguments), folder)) {
            bench.run();
        }
    }

    private void run() throws Exception {
        int repetitions = quick ? 3 : 5;
        double seconds = quick ? 5 : 12;
        say("Warming up");
        for (Workload workload : workloads) {
            measure(workload, quick ? 10 : 25, new Figures());
        }
        bare(2, new Figures());
        for (int i = 1; i <= repetitions; i++) {
            say("Repetition %d of %d".formatted(i, repetitions));
            bare(seconds / 2, bare);
            rows.add(PER_SECOND, Rows.perSecond(deployment, seconds / 2));
            for (Workload workload : workloads) {
                measure(workload, seconds, figures.get(workload));
            }
        }
        say("At rest");
        Thread.sleep(5_000);
        rest(quick ? 10 : 60);
        Files.createDirectories(FOLDER);
        String table = Table.of(this, repetitions, seconds);
        Files.writeString(FOLDER.resolve("table.md"), table);
        Files.writeString(FOLDER.resolve("picture.svg"), Picture.of(this));
        System.out.println();
        System.out.println(table);
        if (guard) {
            Guard.check(this);
        }
    }

    private void bare(double seconds, Figures into) throws IOException {
        double before = Usage.cpuSeconds(sink.pid()) + Usage.cpuSeconds(generator.pid());
        JsonObject result = generator.ask(load(sinkPort, "/hook", List.of(), 1, 0, seconds));
        double used = Usage.cpuSeconds(sink.pid()) + Usage.cpuSeconds(generator.pid()) - before;
        into.add(PER_SECOND, result.getLong("events") / result.getDouble("seconds"));
        into.add(BARE_CPU, used / (result.getLong("events") / 1_000.0));
    }

    private void measure(Workload workload, double seconds, Figures into) throws Exception {
        double rate = 0;
        if (workload == Workload.W4) {
            Figures single = figures.get(Workload.W1);
            rate = single.has(ACCEPTED) ? single.median(ACCEPTED) / 2 : 200;
            sink.ask(order("note"));
        }
        double service = Usage.cpuSeconds(deployment.servicePid());
        double postgres = Usage.cpuSeconds(deployment.postgresPid());
        double sinks = Usage.cpuSeconds(sink.pid());
        double generators = Usage.cpuSeconds(generator.pid());
        Deployment.Written written = deployment.written();
        long before = arrived();
        long start = System.nanoTime();

        JsonObject result = generator.ask(
                load(deployment.port(), "/v1/events", tokens.get(workload), workload.batch, rate, seconds));

        long expected = result.getLong("events") * workload.fanOut;
        awaitArrivals(before + expected);
        double perSecond = expected / ((System.nanoTime() - start) / 1e9);
        if (result.getLong("failed") > 0) {
            throw new IllegalStateException(workload + ": " + result.getLong("failed") + " publishes were refused");
        }
        into.add(PER_SECOND, perSecond);
        into.add(ACCEPTED, result.getLong("events") / result.getDouble("seconds"));
        into.add(PUBLISH_P50, result.getDouble("p50_ms"));
        into.add(PUBLISH_P99, result.getDouble("p99_ms"));
        double thousands = expected / 1_000.0;
        into.add(SERVICE_CPU, (Usage.cpuSeconds(deployment.servicePid()) - service) / thousands);
        into.add(POSTGRES_CPU, (Usage.cpuSeconds(deployment.postgresPid()) - postgres) / thousands);
        into.add(SINK_CPU, (Usage.cpuSeconds(sink.pid()) - sinks) / thousands);
        into.add(GENERATOR_CPU, (Usage.cpuSeconds(generator.pid()) - generators) / thousands);
        into.add(MEMORY, Usage.residentMib(deployment.servicePid()));
        Deployment.Written writtenNow = deployment.written();
        into.add(ROWS_WRITTEN, (double) (writtenNow.rows() - written.rows()) / expected);
        into.add(WAL, (double) (writtenNow.wal() - written.wal()) / expected);
        if (workload == Workload.W4) {
            arrivals(result.getJsonObject("accepted_at"), into);
        }
        say("%s: %,.0f/s accepted, %,.0f/s delivered"
                .formatted(workload, result.getLong("events") / result.getDouble("seconds"), perSecond));
    }

    // Some arrive before their 202 does: that is no time less than none.
    private void arrivals(JsonObject acceptedAt, Figures into) throws IOException {
        JsonObject arrivedAt = sink.ask(order("arrivals"));
        double[] millis = acceptedAt.fieldNames().stream()
                .mapToDouble(id -> Math.max(0, (arrivedAt.getLong(id) - acceptedAt.getLong(id)) / 1e3))
                .sorted()
                .toArray();
        into.add(ARRIVAL_P50, millis[millis.length / 2]);
        into.add(ARRIVAL_P99, millis[(int) (0.99 * (millis.length - 1))]);
    }

    private void rest(int seconds) throws Exception {
        double service = Usage.cpuSeconds(deployment.servicePid());
        double postgres = Usage.cpuSeconds(deployment.postgresPid());
        Thread.sleep(seconds * 1_000L);
        rest.add(SERVICE_CPU, (Usage.cpuSeconds(deployment.servicePid()) - service) / seconds);
        rest.add(POSTGRES_CPU, (Usage.cpuSeconds(deployment.postgresPid()) - postgres) / seconds);
        rest.add(MEMORY, Usage.residentMib(deployment.servicePid()));
    }

    private void awaitArrivals(long count) throws Exception {
        long deadline = System.nanoTime() + DRAIN.toNanos();
        while (arrived() < count) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        "%d deliveries have not come within %s".formatted(count - arrived(), DRAIN));
            }
            Thread.sleep(20);
        }
    }

    private long arrived() throws IOException {
        return sink.ask(order("count")).getLong("count");
    }

    static JsonObject order(String what) {
        return new JsonObject().put("do", what);
    }

    static JsonObject load(int port, String path, List<String> tokens, int batch, double rate, double seconds) {
        return new JsonObject()
                .put("port", port)
                .put("path", path)
                .put("tokens", new JsonArray(tokens))
                .put("batch", batch)
                .put("rate", rate)
                .put("seconds", seconds)
                .put("connections", CONNECTIONS);
    }

    static void say(String what) {
        System.out.println("[bench] " + what);
    }

    Set<Workload> workloads() {
        return workloads;
    }

    Figures of(Workload workload) {
        return figures.get(workload);
    }

    Figures bare() {
        return bare;
    }

    Figures rows() {
        return rows;
    }

    Figures rest() {
        return rest;
    }

    /** The version of Java that the service runs on. */
    int java() throws IOException {
        return jvm.version();
    }

    String database() {
        return installed ? "the distribution's PostgreSQL" : "the embedded PostgreSQL";
    }

    @Override
    public void close() throws Exception {
        sink.close();
        generator.close();
        deployment.close();
    }
}
