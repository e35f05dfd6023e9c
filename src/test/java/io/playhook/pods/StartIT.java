package io.playhook.pods;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;

/** Pods start fast: nothing is waited for that can wait, and nothing is made that is not used. */
class StartIT {

    private static final int STARTS = 3;

    private static Map<String, String> configuration;

    @TempDir
    Path folder;

    @BeforeAll
    static void migrate() throws Exception {
        configuration = new HashMap<>(PlayhookDatabase.configuration());
        configuration.put("quarkus.init-and-exit", "true");
        try (Pod migration = Pod.launch(configuration)) {
            assertThat(migration.awaitExit()).as(migration.log()).isZero();
        }
        configuration.remove("quarkus.init-and-exit");
        configuration.put("playhook.db.migrate", "false");
    }

    @Test
    void aDatabaseThatDoesNotAnswerDoesNotHoldUpTheStart() throws Exception {
        Duration usual = timeUntil("/q/health/live", 200, configuration);
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Map<String, String> away = new HashMap<>(configuration);
            away.put("playhook.db.host", "127.0.0.1");
            away.put("playhook.db.port", Integer.toString(silent.getLocalPort()));

            Duration withoutAnswer = timeUntil("/q/health/live", 200, away);

            // It was four times: the start waited for the first heartbeat.
            assertThat(withoutAnswer).isLessThan(usual.multipliedBy(2));
        }
    }

    @Test
    void aPodThatDoesNotMigrateHasNoSecondDriverAndNoMigrations() throws Exception {
        Assumptions.assumeTrue(Pod.isOnJava(), "what a binary loads can't be told");
        Path classes = folder.resolve("classes");
        try (Pod pod = Pod.start(configuration, List.of("-Xlog:class+load:file=" + classes))) {
            assertThat(pod.stop()).isNotNegative();
        }
        List<String> loaded = Files.readAllLines(classes);
        assertThat(loaded).anyMatch(line -> line.contains("io.vertx.pgclient.spi.PgDriver"));
        assertThat(loaded.stream()
                        .filter(line -> line.contains(" org.postgresql.Driver ")
                                || line.contains(" org.flywaydb.core.api.configuration.FluentConfiguration ")))
                .isEmpty();
    }

    /** Not a bar, but a figure to look at. */
    @Test
    void tellsHowLongAStartTakes() throws Exception {
        StringBuilder times = new StringBuilder();
        for (int i = 0; i < STARTS; i++) {
            times.append(' ')
                    .append(timeUntil("/q/health/ready", 200, configuration).toMillis());
        }
        System.out.printf("Start, from the command to ready, %d times:%s ms%n", STARTS, times);
    }

    private static Duration timeUntil(String path, int status, Map<String, String> configuration) throws IOException {
        long begun = System.nanoTime();
        try (Pod pod = Pod.launch(configuration)) {
            Awaitility.await("%s answers %d".formatted(path, status))
                    .atMost(Duration.ofSeconds(60))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> pod.status(path) == status);
            return Duration.ofNanos(System.nanoTime() - begun);
        }
    }
}
