package io.playhook.egress;

import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;

/**
 * One request and its answer, under one deadline. It ends once, with the first thing that ends it; whatever is still
 * open then is reset, so that neither a connection nor memory stays behind. It lives on one event loop.
 */
final class Exchange {

    private static final String CONNECTING = "no connection";
    private static final String WAITING = "no answer";
    private static final String READING = "no end of the answer";

    private final Context context;
    private final EgressRequest request;
    private final Consumer<EgressResult> onEnd;
    private final BoundedBody body = new BoundedBody();
    private final long timer;

    private String phase = CONNECTING;
    private HttpClientRequest open;
    private boolean ended;

    Exchange(Vertx vertx, EgressRequest request, Consumer<EgressResult> onEnd) {
        this.context = vertx.getOrCreateContext();
        this.request = request;
        this.onEnd = onEnd;
        this.timer =
                vertx.setTimer(Math.max(1, request.deadline().toMillis()), id -> context.runOnContext(v -> timeOut()));
    }

    /** Goes on, on its event loop, unless it has ended meanwhile. */
    void resume(Runnable step) {
        context.runOnContext(v -> {
            if (!ended) {
                step.run();
            }
        });
    }

    /** Sends the request to the first of {@code targets} that a connection can be opened to. */
    void send(HttpClient client, List<RequestOptions> targets) {
        send(client, targets.iterator());
    }

    /** Ends it with a result, unless it has ended before. */
    void finish(EgressResult result) {
        if (ended) {
            return;
        }
        ended = true;
        context.owner().cancelTimer(timer);
        onEnd.accept(result);
    }

    private void send(HttpClient client, Iterator<RequestOptions> targets) {
        RequestOptions target = targets.next();
        client.request(target)
                .onComplete(opened -> context.runOnContext(v -> {
                    if (opened.succeeded()) {
                        opened(opened.result());
                    } else if (!ended && targets.hasNext()) {
                        send(client, targets);
                    } else {
                        failed(opened.cause());
                    }
                }));
    }

    private void opened(HttpClientRequest opened) {
        if (ended) {
            opened.reset();
            return;
        }
        open = opened;
        phase = WAITING;
        opened.response().onSuccess(this::answered).onFailure(this::failed);
        opened.exceptionHandler(this::failed);
        opened.send(request.body());
    }

    private void answered(HttpClientResponse response) {
        if (ended) {
            return;
        }
        phase = READING;
        response.exceptionHandler(this::failed);
        response.handler(chunk -> {
            if (!body.take(chunk)) {
                finish(result(response));
                open.reset();
            }
        });
        response.endHandler(v -> finish(result(response)));
    }

    private EgressResult result(HttpClientResponse response) {
        BoundedBody.Excerpt excerpt = body.excerpt(response.getHeader("Content-Encoding"));
        return new EgressResult.Response(
                response.statusCode(), response.headers(), excerpt.bytes(), excerpt.truncated());
    }

    private void failed(Throwable fault) {
        finish(new EgressResult.Unreachable(FailureReason.of(fault)));
    }

    private void timeOut() {
        finish(new EgressResult.TimedOut("%s within %s".formatted(phase, inWords(request.deadline()))));
        if (open != null) {
            open.reset();
        }
    }

    private static String inWords(Duration deadline) {
        return deadline.toMillis() % 1_000 == 0 ? deadline.toSeconds() + " s" : deadline.toMillis() + " ms";
    }
}
