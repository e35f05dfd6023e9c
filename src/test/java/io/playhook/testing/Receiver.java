package io.playhook.testing;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.restassured.path.json.JsonPath;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import org.awaitility.Awaitility;

/** A real HTTP server that records what it gets and answers as it is told. */
public final class Receiver implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Vertx vertx = Vertx.vertx();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private volatile Answer answer = Answer.status(200);
    private final HttpServer server;

    /** A request as it arrived, body bytes and all. */
    public record Request(Instant at, String method, String uri, MultiMap headers, Buffer body) {

        public String header(String name) {
            return headers.get(name);
        }

        public String text() {
            return body.toString(StandardCharsets.UTF_8);
        }

        public JsonPath json() {
            return JsonPath.from(text());
        }
    }

    /** What the receiver does with the n-th request it gets, from 1. */
    public interface Answer {
        void give(int n, Request request, HttpServerResponse response);

        static Answer status(int status) {
            return (n, request, response) -> response.setStatusCode(status).end();
        }

        /** Answers with each status in turn, and with the last from then on. */
        static Answer inTurn(int... statuses) {
            return (n, request, response) -> response.setStatusCode(statuses[Math.min(n, statuses.length) - 1])
                    .end();
        }

        static Answer never() {
            return (n, request, response) -> {};
        }
    }

    public Receiver() {
        this("127.0.0.1");
    }

    public Receiver(String address) {
        this(address, 0);
    }

    public Receiver(String address, int port) {
        server = vertx.createHttpServer()
                .requestHandler(this::handle)
                .listen(port, address)
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    public Receiver answers(Answer answer) {
        this.answer = answer;
        return this;
    }

    public int port() {
        return server.actualPort();
    }

    public String url() {
        return "http://127.0.0.1:" + port() + "/hook";
    }

    public List<Request> requests() {
        return requests;
    }

    /** Waits until at least so many requests have come, and gives them. */
    public List<Request> await(int count) {
        Awaitility.await("%d requests at the receiver".formatted(count))
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> requests.size() >= count);
        return requests;
    }

    private void handle(HttpServerRequest request) {
        request.body().onSuccess(body -> {
            Request received =
                    new Request(Instant.now(), request.method().name(), request.uri(), request.headers(), body);
            int n;
            synchronized (requests) {
                requests.add(received);
                n = requests.size();
            }
            answer.give(n, received, request.response());
        });
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
