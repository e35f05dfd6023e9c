package io.playhook.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import io.playhook.bench.Deployment.Organization;
import io.playhook.bench.Deployment.Used;
import io.playhook.bench.Load.Published;
import io.playhook.bench.Load.Publishing;
import io.playhook.delivery.queue.ClaimCost;

/**
 * What 10 million waiting deliveries cost: each claim, the publishes and deliveries of others, a pod that has nothing to do, and
 * the room that the queue takes up.
 *
 * <p>Arguments: {@code --deliveries=10000000}; {@code --jdk=/usr/lib/jvm/...}, for another Java of the service.
 */
final class Backlog implements AutoCloseable {

    private static final int FEW = 100_000;
    private static final int ROUNDS = 10;
    private static final int NEAR_THE_END = 500_000;
    private static final int WEBHOOKS = 10;
    private static final int IDLE_ORGANIZATIONS = 10_000;
    private static final int IDLE_WEBHOOKS = 100_000;

    /** Publishes a second of an organization that has nothing to do with the backlog. */
    private static final double STEADY = 100;

    private static final double STEADY_SECONDS = 20;
    private static final double DRAIN_SECONDS = 60;
    private static final Duration DRAINED_WITHIN = Duration.ofMinutes(3);
    private static final int REST_SECONDS = 20;
    private static final int CLAIMS = 50;
    private static final Path TABLE = Path.of("target/bench/backlog.md");

    private final Load load = new Load();
    private final Deployment deployment;
    private final String steadyToken;
    private final Queue queue;
    private final List<String> table = new ArrayList<>();

    private Backlog(Jvm jvm) throws Exception {
        deployment = Deployment.embedded(Files.createTempDirectory("playhook-backlog-"), jvm);
        steadyToken = deployment.newOrganization(1, load.sinkPort(), Sink.NOTED).token();
        Organization slow = deployment.newOrganization(WEBHOOKS, load.sinkPort(), "/backlog");
        queue = new Queue(deployment.connect(), slow.id());
    }

    public static void main(String[] arguments) throws Exception {
        List<String> named = List.of(arguments);
        Jvm jvm = Bench.jvm(named);
        int deliveries =
                Bench.value(named, "--deliveries=").map(Integer::parseInt).orElse(10_000_000);
        try (Backlog backlog = new Backlog(jvm)) {
            backlog.run(deliveries);
        }
    }

    private void run(int deliveries) throws Exception {
        Bench.say("Warming up");
        for (int i = 0; i < 3; i++) {
            fill(FEW);
            claim();
            drainAll();
            steady(STEADY_SECONDS);
        }

        line("| | PostgreSQL's CPU for a claim, ms | drained/s | CPU-s per 1,000 drained: service + PostgreSQL"
                + " | others' publish p50 / p99 ms | their 202 to arrival p50 / p99 ms"
                + " | at rest, %% of a core: service + PostgreSQL | queue with indexes, MiB |");
        line("| --- | --- | --- | --- | --- | --- | --- | --- |");
        row("nothing waits", "", "", steady(STEADY_SECONDS), rest());
        fill(FEW);
        heldBack("%,d".formatted(FEW));
        for (int round = 1; round <= ROUNDS; round++) {
            row("%,d, time %d of %d".formatted(FEW, round, ROUNDS), "", drainAll(), "", "");
            fill(FEW);
        }
        drainAll();
        queue.addIdle(IDLE_ORGANIZATIONS, IDLE_WEBHOOKS);
        queue.settleDown();
        row(
                "%,d webhooks more; something for later in %,d organizations"
                        .formatted(IDLE_WEBHOOKS, IDLE_ORGANIZATIONS),
                "",
                "",
                steady(STEADY_SECONDS),
                rest());
        fill(deliveries);
        heldBack("%,d".formatted(deliveries));
        drainForAMinute("%,d, the first minute".formatted(deliveries));
        queue.pause();
        queue.trim(NEAR_THE_END);
        heldBack("the last %,d".formatted(NEAR_THE_END));
        drainForAMinute("the last %,d, a minute".formatted(NEAR_THE_END));

        Files.createDirectories(TABLE.getParent());
        Files.write(TABLE, table);
        System.out.println();
        table.forEach(System.out::println);
    }

    private void fill(int deliveries) throws Exception {
        queue.pause();
        queue.fill(deliveries);
    }

    private void heldBack(String what) throws Exception {
        queue.settleDown();
        row(what + ", held back", claim(), "", steady(STEADY_SECONDS), rest());
    }

    private void drainForAMinute(String what) throws Exception {
        Used before = deployment.used();
        long arrived = load.arrived();
        queue.resume();
        String others = steady(DRAIN_SECONDS);
        row(what, "", drained(arrived, before), others, "");
    }

    private String drainAll() throws Exception {
        Used before = deployment.used();
        long arrived = load.arrived();
        queue.resume();
        long deadline = System.nanoTime() + DRAINED_WITHIN.toNanos();
        while (!queue.isEmpty()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("The queue is not empty after " + DRAINED_WITHIN);
            }
            Thread.sleep(50);
        }
        return drained(arrived, before);
    }

    private String drained(long arrivedBefore, Used before) throws Exception {
        Used used = deployment.used().since(before);
        long deliveries = load.arrived() - arrivedBefore;
        return format(
                "%,.0f | %.3f + %.3f",
                deliveries / used.seconds(), 1_000 * used.service() / deliveries, 1_000 * used.postgres() / deliveries);
    }

    private String claim() {
        try (ClaimCost claims = deployment.claims()) {
            claims.claim(queue.webhooks());
            double before = Usage.cpuSeconds(claims.serverPid());
            int deliveries = 0;
            for (int i = 0; i < CLAIMS; i++) {
                deliveries = claims.claim(queue.webhooks());
            }
            return format("%.1f for %d", 1_000 * (Usage.cpuSeconds(claims.serverPid()) - before) / CLAIMS, deliveries);
        }
    }

    /** Publishes at a steady pace for somebody else. */
    private String steady(double seconds) throws Exception {
        load.note();
        Published published =
                load.publish(List.of(deployment.port()), new Publishing(List.of(steadyToken), 1, STEADY), seconds);
        load.awaitNoted(published.events());
        double[] arrivals = load.arrivals().percentilesSince(published.acceptedAt());
        return format("%.1f / %.1f | %.1f / %.1f", published.p50(), published.p99(), arrivals[0], arrivals[1]);
    }

    private String rest() throws Exception {
        Used before = deployment.used();
        Thread.sleep(REST_SECONDS * 1_000L);
        Used used = deployment.used().since(before);
        return format("%.2f + %.2f", 100 * used.service() / used.seconds(), 100 * used.postgres() / used.seconds());
    }

    private void row(String what, String claim, String drained, String others, String rest) throws Exception {
        line(
                "| %s | %s | %s | %s | %s | %d |",
                what,
                claim,
                drained.isEmpty() ? " | " : drained,
                others.isEmpty() ? " | " : others,
                rest,
                queue.mebibytes());
        Bench.say(table.get(table.size() - 1));
    }

    private void line(String format, Object... arguments) {
        table.add(format(format, arguments));
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }

    @Override
    public void close() throws Exception {
        load.close();
        queue.close();
        deployment.close();
    }
}
