package io.playhook.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.playhook.bench.Deployment.Used;
import io.playhook.bench.Load.Published;
import io.playhook.bench.Load.Publishing;

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

    static final String COMMITS = "commits per delivery";

    private static final Path FOLDER = Path.of("target/bench");

    private final boolean guard;
    private final boolean quick;
    private final boolean installed;
    private final Set<Workload> workloads;
    private final Jvm jvm;
    private final Deployment deployment;
    private final Load load;

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
        load = new Load();
        jvm = guard ? jvm(arguments).with(Guard.COMPILER) : jvm(arguments);
        deployment = installed ? Deployment.installed(folder, jvm) : Deployment.embedded(folder, jvm);
        for (Workload workload : workloads) {
            figures.put(workload, new Figures());
            List<String> ofWorkload = new ArrayList<>();
            for (int i = 0; i < workload.organizations; i++) {
                ofWorkload.add(deployment
                        .newOrganization(workload.fanOut, load.sinkPort(), Sink.NOTED)
                        .token());
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

    /** The Java that arguments name for the service. */
    static Jvm jvm(List<String> arguments) {
        return new Jvm(
                Path.of(value(arguments, "--jdk=").orElse(System.getProperty("java.home"))),
                value(arguments, "--java=")
                        .map(java -> List.of(java.split(",")))
                        .orElse(Jvm.OPTIONS_OF_THE_IMAGE));
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
        double before = load.sinkCpu() + load.generatorCpu();
        Published posted = load.postBare(seconds);
        into.add(PER_SECOND, posted.perSecond());
        into.add(BARE_CPU, (load.sinkCpu() + load.generatorCpu() - before) / (posted.events() / 1_000.0));
    }

    private void measure(Workload workload, double seconds, Figures into) throws Exception {
        double rate = 0;
        if (workload == Workload.W4) {
            Figures single = figures.get(Workload.W1);
            rate = single.has(ACCEPTED) ? single.median(ACCEPTED) / 2 : 200;
            load.note();
        }
        Used before = deployment.used();
        double sinkBefore = load.sinkCpu();
        double generatorBefore = load.generatorCpu();
        Deployment.Written writtenBefore = deployment.written();
        long arrived = load.arrived();

        Published published = load.publish(
                List.of(deployment.port()), new Publishing(tokens.get(workload), workload.batch, rate), seconds);

        long expected = published.events() * workload.fanOut;
        load.awaitArrivals(arrived + expected);
        Used used = deployment.used().since(before);
        into.add(PER_SECOND, expected / used.seconds());
        into.add(ACCEPTED, published.perSecond());
        into.add(PUBLISH_P50, published.p50());
        into.add(PUBLISH_P99, published.p99());
        double thousands = expected / 1_000.0;
        into.add(SERVICE_CPU, used.service() / thousands);
        into.add(POSTGRES_CPU, used.postgres() / thousands);
        into.add(SINK_CPU, (load.sinkCpu() - sinkBefore) / thousands);
        into.add(GENERATOR_CPU, (load.generatorCpu() - generatorBefore) / thousands);
        into.add(MEMORY, Usage.residentMib(deployment.servicePid()));
        Deployment.Written written = deployment.written();
        into.add(ROWS_WRITTEN, (double) (written.rows() - writtenBefore.rows()) / expected);
        into.add(WAL, (double) (written.wal() - writtenBefore.wal()) / expected);
        into.add(COMMITS, (double) (written.commits() - writtenBefore.commits()) / expected);
        if (workload == Workload.W4) {
            double[] millis = load.arrivals().percentilesSince(published.acceptedAt());
            into.add(ARRIVAL_P50, millis[0]);
            into.add(ARRIVAL_P99, millis[1]);
        }
        say("%s: %,.0f/s accepted, %,.0f/s delivered"
                .formatted(workload, published.perSecond(), expected / used.seconds()));
    }

    private void rest(int seconds) throws Exception {
        Used before = deployment.used();
        Thread.sleep(seconds * 1_000L);
        Used used = deployment.used().since(before);
        rest.add(SERVICE_CPU, used.service() / seconds);
        rest.add(POSTGRES_CPU, used.postgres() / seconds);
        rest.add(MEMORY, Usage.residentMib(deployment.servicePid()));
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
        load.close();
        deployment.close();
    }
}
