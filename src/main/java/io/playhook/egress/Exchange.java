package io.playhook.egress;

import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;

/**
 * One request and its answer, under one deadline. It ends once, with the first thing that ends it; whatever is still
 * open then is reset, so that neither a connection nor memory stays behind. It lives on one event loop.
 */
final class Exchange {

    private static final String CONNECTING = "no connection";
    private static final String WAITING = "no answer";
    private static final String READING = "no end of the answer";

    // RFC 9110, 15: what is below is interim, and there are three digits.
    private static final int FIRST_FINAL_STATUS = 200;
    private static final int LAST_STATUS = 999;

    private static final Duration PING_PATIENCE = Duration.ofSeconds(2);

    private final Context context;
    private final EgressRequest request;
    private final Consumer<EgressResult> onEnd;
    private final Runnable onClose;
    private final BoundedBody body = new BoundedBody();
    private final long timer;

    private String phase = CONNECTING;
    private HttpClientRequest open;
    private boolean connecting;
    private boolean written;
    private boolean ended;

    /**
     * Begins; the deadline counts from here.
     *
     * @param onEnd gets the result, once
     * @param onClose is told, once, when the HTTP client has done with it too; it may still connect after the deadline
     */
    Exchange(Vertx vertx, EgressRequest request, Consumer<EgressResult> onEnd, Runnable onClose) {
        this.context = vertx.getOrCreateContext();
        this.request = request;
        this.onEnd = onEnd;
        this.onClose = onClose;
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
        if (!connecting) {
            onClose.run();
        }
        onEnd.accept(result);
    }

    private void send(HttpClient client, Iterator<RequestOptions> targets) {
        connecting = true;
        client.request(targets.next())
                .onComplete(opened -> context.runOnContext(v -> {
                    connecting = false;
                    if (ended) {
                        if (opened.succeeded()) {
                            opened.result().reset();
                        }
                        onClose.run();
                    } else if (opened.succeeded()) {
                        opened(opened.result());
                    } else if (targets.hasNext()) {
                        send(client, targets);
                    } else {
                        failed(opened.cause());
                    }
                }));
    }

    private void opened(HttpClientRequest opened) {
        open = opened;
        phase = WAITING;
        InboundBudget.grant(opened.connection());
        opened.response().onSuccess(this::answered).onFailure(this::failed);
        opened.exceptionHandler(this::failed);
        opened.end(request.body()).onSuccess(v -> written = true);
    }

    private void answered(HttpClientResponse response) {
        response.exceptionHandler(this::failed);
        if (ended) {
            return;
        }
        int status = response.statusCode();
        if (status < FIRST_FINAL_STATUS || status > LAST_STATUS) {
            // The connection is of no more use: after 101 it speaks something else, else it has never spoken HTTP.
            finish(new EgressResult.Unreachable(
                    "the answer has the status %d, which ends no request".formatted(status)));
            open.reset();
            return;
        }
        phase = READING;
        response.handler(chunk -> {
            if (!body.take(chunk)) {
                finish(result(response));
                open.reset();
            }
        });
        response.endHandler(v -> {
            finish(result(response));
            if (!written) {
                // Whoever got this connection next would wait for the rest of a request that nobody reads.
                open.reset();
            }
        });
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
        if (ended) {
            // It ended while this was on its way; the connection may serve another exchange by now.
            return;
        }
        finish(new EgressResult.TimedOut("%s within %s".formatted(phase, inWords(request.deadline()))));
        if (open != null) {
            open.reset();
            if (open.version() == HttpVersion.HTTP_2) {
                closeUnlessAlive(open.connection());
            }
        }
    }

    // Streams end alone. A connection that has died without a word would stay, and each later delivery run into its
    // deadline; one that has not may serve others just now.
    private void closeUnlessAlive(HttpConnection connection) {
        long patience = context.owner().setTimer(PING_PATIENCE.toMillis(), id -> connection.close());
        connection
                .ping(Buffer.buffer(8).appendLong(0))
                .onComplete(pong -> context.owner().cancelTimer(patience));
    }

    private static String inWords(Duration deadline) {
        return deadline.toMillis() % 1_000 == 0 ? deadline.toSeconds() + " s" : deadline.toMillis() + " ms";
    }
}
