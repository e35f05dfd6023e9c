package io.playhook.reliability;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;

/** A receiver for many webhooks, each with a path of its own, that counts what it gets by event and webhook. */
final class Ledger implements AutoCloseable {

    private static final String UUID_FIELD = "\"uuid\":\"";

    private final Vertx vertx = Vertx.vertx();
    private final HttpServer server;
    private final Map<String, AtomicInteger> requests = new ConcurrentHashMap<>();
    private final Set<String> players = ConcurrentHashMap.newKeySet();
    private final LongAdder total = new LongAdder();

    Ledger() {
        server = vertx.createHttpServer()
                .requestHandler(this::handle)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    /** The URL of the webhook with this name. */
    String url(String webhook) {
        return "http://127.0.0.1:" + server.actualPort() + "/" + webhook;
    }

    /** How many requests came for an event at a webhook. */
    int count(String webhook, String eventId) {
        AtomicInteger count = requests.get(webhook + " " + eventId);
        return count == null ? 0 : count.get();
    }

    /** How many different deliveries came. */
    int deliveries() {
        return requests.size();
    }

    /** How many requests came beyond the first of each delivery. */
    long duplicates() {
        return total.sum() - requests.size();
    }

    /** The deliveries that have come so far. */
    Set<String> received() {
        return requests.keySet().stream().collect(Collectors.toUnmodifiableSet());
    }

    /** Whether an event of this player ever came. */
    boolean knows(String player) {
        return players.contains(player);
    }

    private void handle(HttpServerRequest request) {
        request.body().onSuccess(body -> {
            String text = body.toString();
            int start = text.indexOf(UUID_FIELD) + UUID_FIELD.length();
            players.add(text.substring(start, text.indexOf('"', start)));
            requests.computeIfAbsent(
                            request.path().substring(1) + " " + request.getHeader("webhook-id"),
                            key -> new AtomicInteger())
                    .incrementAndGet();
            total.increment();
            // Not at once, so that there is something in flight whenever it is asked for.
            vertx.setTimer(5, timer -> request.response().end());
        });
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
