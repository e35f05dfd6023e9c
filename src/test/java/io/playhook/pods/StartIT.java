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

import io.vertx.core.Vertx;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;

/** Pods start fast: nothing is waited for that can wait, and nothing is made that is not used. */
class StartIT {

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
        Duration usual = timeUntilLive(configuration);
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Map<String, String> away = new HashMap<>(configuration);
            away.put("playhook.db.host", "127.0.0.1");
            away.put("playhook.db.port", Integer.toString(silent.getLocalPort()));

            Duration withoutAnswer = timeUntilLive(away);

            System.out.printf(
                    "Start, from the command to live: %d ms, with a database that does not answer %d ms%n",
                    usual.toMillis(), withoutAnswer.toMillis());
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

    @Test
    void aPodThatStartsWhileTheDatabaseIsAwayHearsOfChangesOnceItIsBack() throws Exception {
        Assumptions.assumeTrue(
                configuration.containsKey("playhook.db.port"), "of the embedded database, the port is known");
        int port;
        try (ServerSocket free = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Map<String, String> away = new HashMap<>(configuration);
        away.put("playhook.db.host", "127.0.0.1");
        away.put("playhook.db.port", Integer.toString(port));
        Vertx vertx = Vertx.vertx();
        try (Pod pod = Pod.launch(away)) {
            Awaitility.await("tried in vain")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> pod.log().contains("Not listening for changes yet"));
            // It may try before it answers anybody.
            Awaitility.await("not ready")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> pod.status("/q/health/ready") == 503);
            vertx.createNetServer()
                    .connectHandler(client -> {
                        client.pause();
                        vertx.createNetClient()
                                .connect(Integer.parseInt(configuration.get("playhook.db.port")), "127.0.0.1")
                                .onSuccess(server -> {
                                    client.pipeTo(server);
                                    server.pipeTo(client);
                                });
                    })
                    .listen(port, "127.0.0.1");
            Awaitility.await("ready, which it is only if it listens")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> pod.status("/q/health/ready") == 200);
        } finally {
            vertx.close();
        }
    }

    private static Duration timeUntilLive(Map<String, String> configuration) throws IOException {
        long begun = System.nanoTime();
        try (Pod pod = Pod.launch(configuration)) {
            Awaitility.await("the pod alive")
                    .atMost(Duration.ofSeconds(60))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> pod.status("/q/health/live") == 200);
            return Duration.ofNanos(System.nanoTime() - begun);
        }
    }
}
