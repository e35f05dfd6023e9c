package io.playhook.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;

/** The receiver of all webhooks: takes what comes, counts it, and notes when, where it is asked to. */
final class Sink {

    /** Where those deliveries come of which somebody may want to know when. */
    static final String NOTED = "/hook";

    private static final LongAdder COUNT = new LongAdder();

    /** How many events came again while they are noted. */
    private static final LongAdder REPEATED = new LongAdder();

    /** When each event arrived, in microseconds since 1970; null while nobody wants to know. */
    private static volatile Map<String, Long> arrivals;

    private Sink() {}

    public static void main(String[] arguments) throws IOException {
        HttpServer server = Vertx.vertx()
                .createHttpServer()
                .requestHandler(request -> request.body().onSuccess(body -> {
                    COUNT.increment();
                    Map<String, Long> current = arrivals;
                    if (current != null && request.path().equals(NOTED)) {
                        Long before = current.putIfAbsent(
                                request.getHeader("webhook-id"),
                                ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
                        if (before != null) {
                            REPEATED.increment();
                        }
                    }
                    request.response().end();
                }))
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = orders.readLine(); line != null; line = orders.readLine()) {
            System.out.println(
                    obey(new JsonObject(line).getString("do"), server).encode());
        }
    }

    private static JsonObject obey(String order, HttpServer server) {
        switch (order) {
            case "port":
                return new JsonObject().put("port", server.actualPort());
            case "count":
                Map<String, Long> noted = arrivals;
                return new JsonObject().put("count", COUNT.sum()).put("noted", noted == null ? 0 : noted.size());
            case "note":
                REPEATED.reset();
                arrivals = new ConcurrentHashMap<>();
                return new JsonObject();
            case "arrivals":
                JsonObject at = new JsonObject();
                arrivals.forEach(at::put);
                arrivals = null;
                return new JsonObject().put("at", at).put("repeated", REPEATED.sum());
            default:
                throw new IllegalArgumentException(order);
        }
    }
}
