package io.playhook.reliability;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Two pods under load, and something breaks: what was accepted arrives all the same, and hardly anything twice. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultsIT {

    /** The one fault to make, where somebody looks into it. */
    private static final String ONLY = System.getProperty("playhook.reliability.fault");

    private static final List<String> WEBHOOKS = List.of("a", "b", "c", "d");
    private static final int CLIENTS = 8;
    private static final Duration PAUSE_OF_A_CLIENT = Duration.ofMillis(2);
    private static final Duration LEASE = Duration.ofSeconds(6);

    private static final Duration IN_THE_RECEIVER = Duration.ofMillis(400);
    private static final Duration BEFORE = Duration.ofSeconds(1);
    private static final Duration AFTER = Duration.ofSeconds(1);
    private static final Duration AWAY = Scale.of(Duration.ofSeconds(8), Duration.ofSeconds(60));

    private FaultyPostgres postgres;
    private TcpProxy proxy;
    private Cluster cluster;
    private Ledger ledger;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        postgres = new FaultyPostgres(folder.resolve("data"));
        proxy = new TcpProxy(postgres.port());
        Map<String, String> settings = Map.of(
                "playhook.delivery.lease", LEASE.toSeconds() + "s",
                "playhook.delivery.timeout", "3s",
                "playhook.db.response-timeout", "2s");
        cluster = new Cluster(FaultyPostgres.configuration(proxy.port()), settings, 2);
        ledger = new Ledger();
        // A receiver is never at fault here, so every retry would be one too many.
        WEBHOOKS.forEach(
                name -> cluster.register(ledger.url(name), Map.of("retry_schedule", List.of("0s", "1s", "5s"))));
        Report.table(
                "Faults: two pods, %d clients, %d webhooks for each event, %d rounds"
                        .formatted(CLIENTS, WEBHOOKS.size(), Scale.ROUNDS),
                "fault",
                "events accepted",
                "deliveries",
                "publishes answered 503 or refused",
                "publishes without an answer",
                "in flight at the fault",
                "duplicates",
                "lost");
    }

    @AfterAll
    void stop() throws Exception {
        if (cluster != null) {
            cluster.close();
            ledger.close();
        }
        proxy.close();
        postgres.close();
    }

    /** What is done to them, and what may come of it. */
    private enum Fault {
        ONE_POD_KILLED("`kill -9` of one of two pods"),
        ALL_PODS_KILLED("`kill -9` of both pods"),
        DATABASE_KILLED("`kill -9` of PostgreSQL, and restart"),
        CONNECTIONS_CUT("database connections cut, answers lost"),
        CONNECTIONS_HANG("database connections hang"),
        DATABASE_AWAY("database away for %d s".formatted(AWAY.toSeconds())),
        DISK_FULL("disk of the database full"),
        ROLLING_RESTART("SIGTERM of each pod in turn");

        private final String words;

        Fault(String words) {
            this.words = words;
        }
    }

    @ParameterizedTest
    @EnumSource
    void losesNothingAndRepeatsNoMoreThanWasInFlight(Fault fault) throws Exception {
        assumeTrue(ONLY == null || ONLY.equals(fault.name()), "only " + ONLY + " was asked for");
        Tally sum = new Tally();
        for (int round = 1; round <= Scale.ROUNDS; round++) {
            sum.add(round(fault));
            System.out.printf("%s: round %d of %d, %s%n", fault, round, Scale.ROUNDS, sum);
        }
        Report.row(
                fault.words,
                sum.events,
                sum.deliveries,
                sum.refused,
                sum.unknown,
                sum.inFlight,
                sum.duplicates,
                sum.lost);
    }

    private static final class Tally {
        private long events;
        private long deliveries;
        private long refused;
        private long unknown;
        private long inFlight;
        private long duplicates;
        private long lost;

        private void add(Tally other) {
            events += other.events;
            deliveries += other.deliveries;
            refused += other.refused;
            unknown += other.unknown;
            inFlight += other.inFlight;
            duplicates += other.duplicates;
            lost += other.lost;
        }

        @Override
        public String toString() {
            return "%d events, %d in flight, %d duplicates, %d lost, %d refused, %d unknown"
                    .formatted(events, inFlight, duplicates, lost, refused, unknown);
        }
    }

    private Tally round(Fault fault) throws Exception {
        long duplicatesBefore = ledger.duplicates();
        Tally tally = new Tally();
        Publishers publishers = new Publishers(cluster::ready, cluster.token(), CLIENTS, PAUSE_OF_A_CLIENT);
        try (publishers) {
            Thread.sleep(BEFORE.toMillis());
            tally.inFlight = strike(fault);
            Thread.sleep(AFTER.toMillis());
        }
        tally.events = publishers.accepted().size();
        tally.refused = publishers.refusedPlayers().size();
        tally.unknown = publishers.unknown();
        tally.deliveries = tally.events * WEBHOOKS.size();
        tally.lost = awaitAll(publishers.accepted());
        awaitQuiet();
        tally.duplicates = ledger.duplicates() - duplicatesBefore;

        assertThat(publishers.failures()).isEmpty();
        assertThat(tally.lost).as("lost").isZero();
        assertThat(tally.duplicates).as("duplicates").isLessThanOrEqualTo(tally.inFlight);
        assertThat(publishers.refusedPlayers())
                .as("players whose publish was refused, and of which an event arrived all the same")
                .noneMatch(ledger::knows);
        if (fault == Fault.ROLLING_RESTART) {
            assertThat(tally.duplicates).as("duplicates").isZero();
            assertThat(tally.unknown).as("publishes without an answer").isZero();
        }
        return tally;
    }

    /** Makes the fault and mends it; gives how many deliveries were in flight: sent, and not recorded. */
    private long strike(Fault fault) throws Exception {
        long recorded = recorded();
        switch (fault) {
            case ONE_POD_KILLED -> {
                cluster.pods().get(0).kill();
                long inFlight = receivedAndStillQueued();
                cluster.replace(0);
                return inFlight;
            }
            case ALL_PODS_KILLED -> {
                cluster.pods().get(0).kill();
                cluster.pods().get(1).kill();
                long inFlight = receivedAndStillQueued();
                cluster.replace(0);
                cluster.replace(1);
                return inFlight;
            }
            case DATABASE_KILLED -> {
                postgres.kill();
                long inFlight = ledger.deliveries() - recorded;
                Thread.sleep(500);
                postgres.start();
                return inFlight;
            }
            case CONNECTIONS_CUT -> {
                long inFlight = 0;
                for (int i = 0; i < 5; i++) {
                    recorded = recorded();
                    proxy.cut(20);
                    inFlight += ledger.deliveries() - recorded;
                    Thread.sleep(300);
                }
                return inFlight;
            }
            case CONNECTIONS_HANG -> {
                proxy.hang();
                long inFlight = ledger.deliveries() - recorded;
                Thread.sleep(3_000);
                return inFlight;
            }
            case DATABASE_AWAY -> {
                postgres.stop();
                long inFlight = ledger.deliveries() - recorded;
                assertThat(refusedWhile(AWAY)).as("publishes answered 503").isPositive();
                postgres.start();
                return inFlight;
            }
            case DISK_FULL -> {
                postgres.fillDisk();
                long inFlight = ledger.deliveries() - recorded;
                Thread.sleep(3_000);
                postgres.freeDisk();
                return inFlight;
            }
            case ROLLING_RESTART -> {
                for (int i = 0; i < 2; i++) {
                    // A gateway learns of it from the pod: it is not ready any more, and goes on answering for a while.
                    assertThat(cluster.pods().get(i).stop()).isIn(0, 143);
                    cluster.replace(i);
                }
                return 0;
            }
            default -> throw new IllegalStateException(fault.toString());
        }
    }

    /** The clients that are there may all wait to be told what became of their last publish: those that come now don't. */
    private long refusedWhile(Duration away) throws InterruptedException {
        Publishers late = new Publishers(cluster::ready, cluster.token(), 1, PAUSE_OF_A_CLIENT);
        try (late) {
            Thread.sleep(away.toMillis());
        }
        assertThat(late.failures()).isEmpty();
        assertThat(late.accepted()).as("accepted without a database").isEmpty();
        return late.refusedPlayers().size();
    }

    private long recorded() throws Exception {
        return postgres.number("select count(*) from deliveries");
    }

    private long receivedAndStillQueued() throws Exception {
        Set<String> queued = new HashSet<>(postgres.strings("""
                select regexp_replace(w.url, '.*/', '') || ' ' || q.event_id
                from delivery_queue q join webhooks w on w.id = q.webhook_id"""));
        // What a pod has sent before its end may still be on its way through the receiver, which is busy.
        long received = 0;
        long before;
        do {
            before = received;
            Thread.sleep(IN_THE_RECEIVER.toMillis());
            received = queued.stream().filter(ledger.received()::contains).count();
        } while (received > before);
        return received;
    }

    /** Waits for everything to arrive; gives how many deliveries never did. */
    private long awaitAll(List<String> events) throws InterruptedException {
        long deadline = System.nanoTime() + LEASE.multipliedBy(5).plus(AWAY).toNanos();
        long missing = missing(events);
        while (missing > 0 && System.nanoTime() < deadline) {
            Thread.sleep(100);
            missing = missing(events);
        }
        return missing;
    }

    private long missing(List<String> events) {
        return WEBHOOKS.stream()
                .mapToLong(webhook -> events.stream()
                        .filter(event -> ledger.count(webhook, event) == 0)
                        .count())
                .sum();
    }

    /** Waits until nothing is left that could still be sent twice. */
    private void awaitQuiet() throws Exception {
        long deadline = System.nanoTime() + LEASE.multipliedBy(5).toNanos();
        while (postgres.number("select count(*) from delivery_queue") > 0 && System.nanoTime() < deadline) {
            Thread.sleep(200);
        }
        assertThat(postgres.number("select count(*) from delivery_queue"))
                .as("deliveries still open")
                .isZero();
    }
}
