package io.playhook.egress;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;

import io.playhook.egress.ConnectionPools.Pool;

/**
 * One request and its answer, under one deadline. It ends once, with the first thing that ends it; whatever is still
 * open then is reset, so that neither a connection nor memory stays behind. It lives on one event loop.
 *
 * <p>A connection that was kept may be gone by the time it is used again, and one with HTTP/2 may be told not to be used
 * for requests that are already on their way. Neither says anything about the receiver, so the request goes out again at
 * once, on another connection. A receiver may then get it twice, as it may at any time.
 */
final class Exchange {

    private static final String CONNECTING = "no connection";
    private static final String WAITING = "no answer";
    private static final String READING = "no end of the answer";

    // RFC 9110, 15: what is below is interim, and there are three digits.
    private static final int FIRST_FINAL_STATUS = 200;
    private static final int LAST_STATUS = 999;
    private static final int REQUEST_TIMEOUT = 408;

    // How a header counts, RFC 9113, 6.5.2.
    private static final int HEADER_OVERHEAD = 32;

    private static final Duration PING_PATIENCE = Duration.ofSeconds(2);

    private final Context context;
    private final EgressRequest request;
    private final Connector connector;
    private final ConnectionPools pools;
    private final Consumer<EgressResult> onEnd;
    private final Resending resending = new Resending();
    private final long timer;

    private List<InetAddress> addresses;
    private Pool pool;
    private BoundedBody body;
    private String phase = CONNECTING;
    private HttpClientRequest open;
    private boolean reused;
    private boolean answered;
    private boolean written;
    private boolean ended;

    /**
     * Begins; the deadline counts from here.
     *
     * @param onEnd gets the result, once
     */
    Exchange(
            Vertx vertx,
            EgressRequest request,
            Connector connector,
            ConnectionPools pools,
            Consumer<EgressResult> onEnd) {
        this.context = vertx.getOrCreateContext();
        this.request = request;
        this.connector = connector;
        this.pools = pools;
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

    /** Sends the request to one of the addresses. */
    void send(List<InetAddress> addresses) {
        this.addresses = addresses;
        send(pools.shared(request));
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

    private void send(Pool pool) {
        this.pool = pool;
        phase = CONNECTING;
        open = null;
        connector
                .open(request, addresses, pool, () -> !ended)
                .onSuccess(this::opened)
                .onFailure(fault -> finish(new EgressResult.Unreachable(FailureReason.of(fault))));
    }

    private void opened(HttpClientRequest opened) {
        if (ended) {
            opened.reset();
            return;
        }
        open = opened;
        phase = WAITING;
        reused = InboundBudget.grant(opened.connection()) > 1;
        answered = false;
        written = false;
        body = new BoundedBody();
        try {
            request.headers().accept(opened.headers());
        } catch (IllegalArgumentException malformed) {
            end(opened, "a header can't be sent: " + malformed.getMessage());
            return;
        }
        opened.response().onSuccess(response -> answered(opened, response)).onFailure(fault -> failed(opened, fault));
        opened.exceptionHandler(fault -> failed(opened, fault));
        opened.end(request.body()).onSuccess(v -> written |= opened == open);
    }

    private void answered(HttpClientRequest asked, HttpClientResponse response) {
        response.exceptionHandler(fault -> failed(asked, fault));
        if (ended || asked != open) {
            return;
        }
        answered = true;
        int status = response.statusCode();
        if (status < FIRST_FINAL_STATUS || status > LAST_STATUS) {
            // The connection is of no more use: after 101 it speaks something else, else it has never spoken HTTP.
            end(asked, "the answer has the status %d, which ends no request".formatted(status));
        } else if (response.version() == HttpVersion.HTTP_2 && isTooLarge(response)) {
            // The connection would allow more, for what it forbids ends all requests on it, and not this one alone.
            end(asked, FailureReason.HEADER_TOO_LARGE);
        } else if (status == REQUEST_TIMEOUT && reused && resending.mayAfterReuse()) {
            // What some servers say on a connection that was idle for too long, to whatever comes next.
            sendOnAnotherConnection(asked);
            asked.reset();
        } else {
            read(asked, response);
        }
    }

    private void read(HttpClientRequest asked, HttpClientResponse response) {
        phase = READING;
        response.handler(chunk -> {
            if (asked == open && !body.take(chunk)) {
                finish(result(response));
                asked.reset();
            }
        });
        response.endHandler(v -> {
            finish(result(response));
            if (!written) {
                // Whoever got this connection next would wait for the rest of a request that nobody reads.
                asked.reset();
            } else if (!pool.shared()) {
                asked.connection().close();
            }
        });
    }

    private void end(HttpClientRequest asked, String reason) {
        finish(new EgressResult.Unreachable(reason));
        asked.reset();
    }

    private EgressResult result(HttpClientResponse response) {
        BoundedBody.Excerpt excerpt = body.excerpt(response.getHeader("Content-Encoding"));
        return new EgressResult.Response(
                response.statusCode(), response.headers(), excerpt.bytes(), excerpt.truncated());
    }

    private static boolean isTooLarge(HttpClientResponse response) {
        long bytes = 0;
        for (var header : response.headers()) {
            bytes += header.getKey().length() + header.getValue().length() + HEADER_OVERHEAD;
        }
        return bytes > EgressClient.MAX_HEADER_BYTES;
    }

    private void failed(HttpClientRequest asked, Throwable fault) {
        if (ended || asked != open) {
            return;
        }
        if (mayBeSentAgain(asked, fault)) {
            sendOnAnotherConnection(asked);
        } else {
            finish(new EgressResult.Unreachable(FailureReason.of(fault)));
        }
    }

    private boolean mayBeSentAgain(HttpClientRequest asked, Throwable fault) {
        if (answered) {
            return false;
        }
        if (asked.version() == HttpVersion.HTTP_2) {
            return Resending.isUnprocessed(fault)
                    ? resending.mayAfterRefusal()
                    : reused && Resending.isLossOfConnection(fault) && resending.mayAfterReuse();
        }
        return reused && InboundBudget.isSilent(asked.connection()) && resending.mayAfterReuse();
    }

    // With HTTP/1, all other kept connections may be as useless as this one. With HTTP/2 there are few, and many
    // requests
    // may have been on this one: they share the next, unless that has sent them away too.
    private void sendOnAnotherConnection(HttpClientRequest asked) {
        boolean together = asked.version() == HttpVersion.HTTP_2 && !resending.isRefusedAgain();
        send(together ? pools.sharedAfter(pool, request) : pools.unshared(request));
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
