package io.playhook.pods;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.vertx.core.Vertx;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Request;
import io.playhook.testing.Tool;

import static org.assertj.core.api.Assertions.assertThat;

/** Two pods, one of which has a clock that is ahead by more than any lease: libfaketime stands between it and the system. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TwoClocksIT {

    private static final Duration AHEAD = Duration.ofMinutes(2);

    private Pod right;
    private Pod wrong;
    private Publisher publisher;

    @BeforeAll
    void startBoth() throws IOException, InterruptedException {
        Map<String, String> fakeClock = fakeClock();
        Map<String, String> configuration = PlayhookDatabase.configuration();
        right = Pod.start(configuration);
        wrong = Pod.startWith(fakeClock, configuration);
        Awaitility.await("both pods know of each other")
                .until(() -> right.log().contains("of 2") && wrong.log().contains("of 2"));
    }

    @BeforeEach
    void makeAnOrganization() {
        publisher = Publisher.on(right);
    }

    @AfterAll
    void stop() {
        Stream.of(right, wrong).filter(pod -> pod != null).forEach(Pod::close);
    }

    @Test
    void whatOneHoldsTheOtherLeavesAlone() {
        // Twenty at once, and a look at the queue each half second meanwhile.
        try (Receiver receiver = new Receiver()
                .answers((n, request, response) ->
                        Vertx.currentContext().owner().setTimer(1_500, timer -> response.end()))) {
            publisher.register(receiver, Map.of());
            publisher.publish(20);
            publisher.at(wrong).publish(20);
            receiver.await(40);
            // Goes out after whatever waited before it.
            publisher.publish(1);

            List<Request> requests = receiver.await(41);

            assertThat(requests).extracting(r -> r.header("webhook-id")).doesNotHaveDuplicates();
            assertThat(requests)
                    .as("sent by the pod whose clock is ahead")
                    .anyMatch(r -> aheadOfArrival(r).compareTo(AHEAD.dividedBy(2)) > 0);
        }
    }

    @Test
    void aRetryComesWhenItIsDueWhoeverRecordedIt() {
        try (Receiver receiver = new Receiver()
                .answers((n, request, response) -> response.setStatusCode(
                                "1".equals(request.header("X-Playhook-Attempt")) ? 503 : 200)
                        .end())) {
            publisher.register(receiver, Map.of("retry_schedule", List.of("2s")));
            publisher.publish(3);
            publisher.at(wrong).publish(3);

            Map<String, List<Request>> byEvent =
                    receiver.await(12).stream().collect(Collectors.groupingBy(r -> r.header("webhook-id")));

            assertThat(byEvent).hasSize(6);
            assertThat(byEvent.values()).allSatisfy(attempts -> {
                assertThat(attempts).hasSize(2);
                assertThat(Duration.between(
                                attempts.get(0).at(), attempts.get(1).at()))
                        .isBetween(Duration.ofMillis(1_500), Duration.ofSeconds(20));
            });
        }
    }

    private static Duration aheadOfArrival(Request request) {
        Instant sent = Instant.ofEpochSecond(Long.parseLong(request.header("webhook-timestamp")));
        return Duration.between(request.at(), sent);
    }

    // The library's place is its own affair: the command says what it sets.
    private static Map<String, String> fakeClock() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Tool.installed("faketime").toString(), "-f", "+" + AHEAD.toSeconds() + "s", "env")
                .start();
        String environment = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).isZero();
        Map<String, String> settings = environment
                .lines()
                .filter(line -> line.startsWith("LD_PRELOAD=") || line.startsWith("FAKETIME="))
                .map(line -> line.split("=", 2))
                .collect(Collectors.toMap(part -> part[0], part -> part[1]));
        // What measures durations is left alone, as by a clock that is wrong; else it would have the runtime's timed
        // waits
        // spin.
        settings.put("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        settings.put("FAKETIME_FORCE_MONOTONIC_FIX", "0");
        return settings;
    }
}
