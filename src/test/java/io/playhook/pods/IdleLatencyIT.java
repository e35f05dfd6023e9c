package io.playhook.pods;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;

/** A fresh event goes out at once. Here a pod looks at the queue once an hour, so nothing else can send it. */
class IdleLatencyIT {

    private static final int EVENTS = 300;
    private static final int WARM_UP = 200;

    @Test
    void aFreshEventDoesNotWaitForALookAtTheQueue() throws Exception {
        Map<String, String> configuration = new HashMap<>(PlayhookDatabase.configuration());
        configuration.put("playhook.delivery.poll-interval", "1h");
        try (Pod pod = Pod.start(configuration, List.of());
                Receiver receiver = new Receiver()) {
            String token = Publisher.registered(pod, receiver).token();
            HttpClient client = HttpClient.newHttpClient();
            List<Duration> latencies = new ArrayList<>();
            for (int i = 1; i <= WARM_UP + EVENTS; i++) {
                HttpResponse<String> response = client.send(event(pod, token), HttpResponse.BodyHandlers.ofString());
                Instant accepted = Instant.now();
                assertThat(response.statusCode()).isEqualTo(202);
                Instant arrived = receiver.await(i).get(i - 1).at();
                if (i > WARM_UP) {
                    latencies.add(Duration.between(accepted, arrived));
                }
            }
            Collections.sort(latencies);
            System.out.printf(
                    "Idle latency from 202 to the receiver, %d events one by one: p50 %.1f ms, p99 %.1f ms%n",
                    EVENTS, millis(latencies.get(EVENTS / 2)), millis(latencies.get(EVENTS * 99 / 100)));
        }
    }

    private static double millis(Duration duration) {
        return duration.toNanos() / 1e6;
    }

    private static HttpRequest event(Pod pod, String token) {
        String body = "{\"type\": \"playlist_update\", \"player\": {\"uuid\": \"p\"}}";
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + pod.port() + "/v1/events"))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }
}
