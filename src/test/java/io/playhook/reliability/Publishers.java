package io.playhook.reliability;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.playhook.pods.Pod;

/**
 * Clients that publish one event after the other to any of the pods, and again to another where one refuses the connection
 * or answers 503: as clients behind a gateway do. A request whose connection breaks is not repeated: the client can't know
 * whether it was accepted.
 */
final class Publishers implements AutoCloseable {

    private static final Pattern EVENT_ID = Pattern.compile("\"event_id\":\"([^\"]+)\"");
    private static final long PAUSE_AFTER_REFUSAL_MS = 50;

    private final Supplier<List<Pod>> pods;
    private final String token;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopped;

    private final Queue<String> accepted = new ConcurrentLinkedQueue<>();
    private final Queue<String> refusedPlayers = new ConcurrentLinkedQueue<>();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final LongAdder unknown = new LongAdder();

    /** Starts so many clients, each with a little pause after each event. */
    Publishers(Supplier<List<Pod>> pods, String token, int clients, Duration pause) {
        this.pods = pods;
        this.token = token;
        for (int i = 0; i < clients; i++) {
            Thread thread = new Thread(() -> publish(pause), "publisher-" + i);
            thread.start();
            threads.add(thread);
        }
    }

    /** Ids of the events that were answered with 202. */
    List<String> accepted() {
        return List.copyOf(accepted);
    }

    /** Players of the requests that were answered with "nothing was accepted". */
    List<String> refusedPlayers() {
        return List.copyOf(refusedPlayers);
    }

    /** What went wrong otherwise. */
    List<String> failures() {
        return List.copyOf(failures);
    }

    /** How many requests had no answer, or the answer that nobody knows. */
    long unknown() {
        return unknown.sum();
    }

    /** Stops them; each finishes its request. */
    void stop() throws InterruptedException {
        stopped = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void publish(Duration pause) {
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(5))
                .build();
        try {
            while (!stopped) {
                publishOne(client);
                Thread.sleep(pause.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void publishOne(HttpClient client) throws InterruptedException {
        // A new player for each request: what comes of one that was refused can then be told from its repetition.
        String player = UUID.randomUUID().toString();
        List<Pod> all = pods.get();
        Pod pod = all.get(ThreadLocalRandom.current().nextInt(all.size()));
        try {
            HttpResponse<String> response = client.send(request(pod, player), HttpResponse.BodyHandlers.ofString());
            Matcher id = EVENT_ID.matcher(response.body());
            if (response.statusCode() == 202 && id.find()) {
                accepted.add(id.group(1));
            } else if (response.statusCode() == 503 && response.body().contains("is not known")) {
                unknown.increment();
            } else if (response.statusCode() == 503
                    && response.headers().firstValue("Retry-After").isPresent()) {
                refusedPlayers.add(player);
                Thread.sleep(PAUSE_AFTER_REFUSAL_MS);
            } else {
                failures.add(response.statusCode() + " " + response.body());
            }
        } catch (ConnectException refused) {
            refusedPlayers.add(player);
            Thread.sleep(PAUSE_AFTER_REFUSAL_MS);
        } catch (IOException broken) {
            System.out.printf("Publisher, port %d: %s%n", pod.port(), broken);
            unknown.increment();
        }
    }

    private HttpRequest request(Pod pod, String player) {
        String body = "{\"type\": \"playlist_update\", \"player\": {\"uuid\":\"" + player + "\"}}";
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + pod.port() + "/v1/events"))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    @Override
    public void close() throws InterruptedException {
        stop();
    }
}
