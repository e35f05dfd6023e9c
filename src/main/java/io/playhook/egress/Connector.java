package io.playhook.egress;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;

import io.playhook.egress.ConnectionPools.Pool;

/**
 * Gets a connection to a receiver. Where its host has several addresses, they race as RFC 8305 says: the next one starts
 * when the one before has failed, or has not succeeded in a quarter of a second. Which one won is remembered, and starts
 * first the next time.
 */
final class Connector {

    /** RFC 8305, 5: the recommended delay between two attempts. */
    private static final Duration HEAD_START = Duration.ofMillis(250);

    /** So that it is the exchange that says that its deadline has passed, and in which phase. */
    private static final Duration GRACE = Duration.ofMillis(100);

    private static final int WINNERS_AT_MOST = 10_000;

    private final HttpClient https;
    private final HttpClient http;
    private final AtomicInteger underWay = new AtomicInteger();

    private final Map<String, InetAddress> winners = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, InetAddress> eldest) {
            return size() > WINNERS_AT_MOST;
        }
    };

    Connector(HttpClient https, HttpClient http) {
        this.https = https;
        this.http = http;
    }

    /**
     * A request that has a connection and is not sent yet. Call it on an event loop; it completes there. It fails with
     * what the last address failed with.
     *
     * @param addresses of the request's host, all of them judged
     * @param wanted whether anybody still waits for it
     */
    Future<HttpClientRequest> open(
            EgressRequest request, List<InetAddress> addresses, Pool pool, BooleanSupplier wanted) {
        Race race = new Race(request, inOrder(request.url().host(), addresses), pool, wanted);
        race.next();
        return race.first.future();
    }

    /** How many connections are being waited for, also by nobody any more. */
    int underWay() {
        return underWay.get();
    }

    private final class Race {
        private final Context context = Vertx.currentContext();
        private final Promise<HttpClientRequest> first = Promise.promise();
        private final EgressRequest request;
        private final boolean hasRivals;
        private final Iterator<InetAddress> waiting;
        private final Pool pool;
        private final BooleanSupplier wanted;
        private int running;
        private long timer;

        Race(EgressRequest request, List<InetAddress> addresses, Pool pool, BooleanSupplier wanted) {
            this.request = request;
            this.hasRivals = addresses.size() > 1;
            this.waiting = addresses.iterator();
            this.pool = pool;
            this.wanted = wanted;
        }

        void next() {
            InetAddress address = waiting.next();
            running++;
            underWay.incrementAndGet();
            if (waiting.hasNext()) {
                timer = context.owner().setTimer(HEAD_START.toMillis(), id -> context.runOnContext(v -> nextIfAny()));
            }
            (request.url().isHttps() ? https : http)
                    .request(options(address))
                    .onComplete(opened -> context.runOnContext(v -> ended(address, opened)));
        }

        private void nextIfAny() {
            if (waiting.hasNext() && wanted.getAsBoolean() && !first.future().isComplete()) {
                next();
            }
        }

        private void ended(InetAddress address, AsyncResult<HttpClientRequest> opened) {
            running--;
            underWay.decrementAndGet();
            if (opened.succeeded()) {
                if (first.tryComplete(opened.result())) {
                    context.owner().cancelTimer(timer);
                    if (hasRivals) {
                        remember(request.url().host(), address);
                    }
                } else {
                    opened.result().reset();
                }
            } else if (waiting.hasNext() && wanted.getAsBoolean()) {
                context.owner().cancelTimer(timer);
                nextIfAny();
            } else if (running == 0) {
                first.tryFail(opened.cause());
            }
        }

        private RequestOptions options(InetAddress address) {
            TargetUrl url = request.url();
            return new RequestOptions()
                    .setMethod(HttpMethod.POST)
                    .setServer(pool.at(address, url.port()))
                    .setHost(url.hostInUrl())
                    .setPort(url.port())
                    .setSsl(url.isHttps())
                    .setURI(url.requestUri())
                    .setFollowRedirects(false)
                    // Beyond the deadline of its exchange nobody waits for a connection any more.
                    .setConnectTimeout(request.deadline().plus(GRACE).toMillis());
        }
    }

    private List<InetAddress> inOrder(String host, List<InetAddress> addresses) {
        if (addresses.size() == 1) {
            return addresses;
        }
        List<InetAddress> ordered = new ArrayList<>(addresses);
        InetAddress winner;
        synchronized (winners) {
            winner = winners.get(host);
        }
        // Only among those that the name has now.
        if (winner != null && ordered.remove(winner)) {
            ordered.add(0, winner);
        }
        return ordered;
    }

    private void remember(String host, InetAddress address) {
        synchronized (winners) {
            winners.put(host, address);
        }
    }
}
