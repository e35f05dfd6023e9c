package io.playhook.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;

/**
 * Sends requests, one after the other on each of its connections or at a steady rate, and says how many were answered and how
 * fast. All of it on one event loop.
 */
final class Generator {

    /** Bytes of an event's player. */
    private static final int EVENT_SIZE = 600;

    private static final String TYPE = "playlist_update";
    private static final int TICK_MS = 2;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();

    /** One order to it, and what came of it. */
    private final class Run {
        private final HttpClient client;
        private final List<Integer> ports;
        private final String path;
        private final List<String> tokens;
        private final int batch;
        private final double rate;
        private final long nanos;
        private final int connections;
        private final JsonObject acceptedAt = new JsonObject();
        private final CompletableFuture<JsonObject> done = new CompletableFuture<>();
        private final Buffer bare = Buffer.buffer(player(0));
        private long[] latencies = new long[1 << 16];
        private int answered;
        private long failed;
        private long events;
        private long sent;
        private long startedAt;
        private int inFlight;

        private Run(JsonObject order) {
            ports = order.getJsonArray("ports").stream()
                    .map(Integer.class::cast)
                    .toList();
            path = order.getString("path");
            tokens = order.getJsonArray("tokens").stream().map(String::valueOf).toList();
            batch = order.getInteger("batch");
            rate = order.getDouble("rate");
            nanos = (long) (order.getDouble("seconds") * 1e9);
            connections = order.getInteger("connections");
            client = vertx.createHttpClient(
                    new HttpClientOptions().setMaxPoolSize(connections).setMaxWaitQueueSize(-1));
        }

        private void begin() {
            startedAt = System.nanoTime();
            if (rate > 0) {
                vertx.setPeriodic(TICK_MS, this::keepPace);
            } else {
                for (int i = 0; i < connections; i++) {
                    next();
                }
            }
        }

        private boolean isOver() {
            return System.nanoTime() - startedAt >= nanos;
        }

        private void keepPace(long timer) {
            if (isOver()) {
                vertx.cancelTimer(timer);
                endIfAllAnswered();
                return;
            }
            double elapsed = (System.nanoTime() - startedAt) / 1e9;
            while (sent < elapsed * rate) {
                send();
            }
        }

        private void next() {
            if (isOver()) {
                endIfAllAnswered();
            } else {
                send();
            }
        }

        private void send() {
            long began = System.nanoTime();
            sent++;
            inFlight++;
            RequestOptions options = new RequestOptions()
                    .setMethod(HttpMethod.POST)
                    .setHost("127.0.0.1")
                    .setPort(ports.get((int) (sent % ports.size())))
                    .setURI(path)
                    .putHeader("content-type", "application/json");
            if (tokens.isEmpty()) {
                // As a delivery is: what a signature costs is not the network's.
                options.putHeader("webhook-id", "01a2185f-9a61-7816-a305-d9b09fc02230")
                        .putHeader("webhook-timestamp", "1795000000")
                        .putHeader("webhook-signature", "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=")
                        .putHeader("user-agent", "Playhook/0.1")
                        .putHeader("x-playhook-delivery", "01a2185f-9a61-7816-a305-d9b09fc02231")
                        .putHeader("x-playhook-attempt", "1");
            } else {
                options.putHeader("authorization", "Bearer " + tokens.get((int) (sent % tokens.size())));
            }
            client.request(options)
                    .compose(request -> request.send(tokens.isEmpty() ? bare : events(sent)))
                    .compose(response -> response.body().map(body -> {
                        answered(began, response.statusCode(), body);
                        return null;
                    }))
                    .onComplete(result -> {
                        inFlight--;
                        if (result.failed()) {
                            failed++;
                        }
                        if (rate > 0) {
                            endIfAllAnswered();
                        } else {
                            next();
                        }
                    });
        }

        private void answered(long began, int status, Buffer body) {
            if (status / 100 != 2) {
                failed++;
                return;
            }
            if (answered == latencies.length) {
                latencies = Arrays.copyOf(latencies, 2 * latencies.length);
            }
            latencies[answered++] = System.nanoTime() - began;
            events += batch;
            if (rate > 0) {
                acceptedAt.put(
                        body.toJsonObject().getString("event_id"),
                        ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
            }
        }

        private Buffer events(long number) {
            if (batch == 1) {
                return Buffer.buffer(event(number));
            }
            StringBuilder array = new StringBuilder("[");
            for (int i = 0; i < batch; i++) {
                array.append(i == 0 ? "" : ",").append(event(number * batch + i));
            }
            return Buffer.buffer(array.append(']').toString());
        }

        private void endIfAllAnswered() {
            if (inFlight > 0 || !isOver() || done.isDone()) {
                return;
            }
            long[] sorted = Arrays.copyOf(latencies, answered);
            Arrays.sort(sorted);
            done.complete(new JsonObject()
                    .put("seconds", (System.nanoTime() - startedAt) / 1e9)
                    .put("requests", answered)
                    .put("failed", failed)
                    .put("events", events)
                    .put("p50_ms", percentile(sorted, 0.5))
                    .put("p99_ms", percentile(sorted, 0.99))
                    .put("accepted_at", acceptedAt));
            client.close();
        }
    }

    private static double percentile(long[] sorted, double part) {
        return sorted.length == 0 ? Double.NaN : sorted[(int) (part * (sorted.length - 1))] / 1e6;
    }

    private static String event(long number) {
        return "{\"type\":\"" + TYPE + "\",\"player\":" + player(number) + "}";
    }

    private static String player(long number) {
        String start = "{\"uuid\":\"player-" + number + "\",\"name\":\"";
        String end = "\"}";
        return start + "x".repeat(EVENT_SIZE - start.length() - end.length()) + end;
    }

    public static void main(String[] arguments) throws IOException {
        Generator generator = new Generator();
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = orders.readLine(); line != null; line = orders.readLine()) {
            Run run = generator.new Run(new JsonObject(line));
            generator.context.runOnContext(v -> run.begin());
            System.out.println(run.done.join().encode());
        }
    }
}
