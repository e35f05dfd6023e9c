package io.playhook.egress;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import jakarta.inject.Singleton;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.PemTrustOptions;

import io.playhook.egress.HostResolver.Addresses;

/**
 * Sends requests to receivers. Their host name is resolved here, every address of it is judged, and the connection is
 * opened to an address that was judged and no other; authority, SNI and the check of the certificate go by the name.
 */
@Singleton
public class EgressClient {

    static final int MAX_HEADER_BYTES = 32 * 1024;

    /**
     * What a connection with HTTP/2 allows. A header that is larger than this by a quarter ends the connection, which is
     * more than it deserves; one that is larger than {@link #MAX_HEADER_BYTES} ends its request.
     */
    private static final int MAX_HTTP2_HEADER_BYTES = 256 * 1024;

    private static final int HTTP2_CONNECTIONS_PER_HOST = 8;

    private final HostResolver resolver;
    private final EgressConfig config;
    private final Vertx vertx;
    private final Connector connector;
    private final ConnectionPools pools = new ConnectionPools();
    private final AtomicInteger openExchanges = new AtomicInteger();

    public EgressClient(HostResolver resolver, EgressConfig config, Vertx vertx) {
        this.resolver = resolver;
        this.config = config;
        this.vertx = vertx;
        PoolOptions pool = new PoolOptions()
                .setHttp1MaxSize(config.connectionsPerHost())
                .setHttp2MaxSize(HTTP2_CONNECTIONS_PER_HOST);
        this.connector = new Connector(client(https(config), pool), client(options(config), pool));
    }

    /**
     * Sends a request; never fails, what goes wrong is a result. Call it on the event loop that is to get the result.
     * A redirect is never followed.
     */
    public Uni<EgressResult> send(EgressRequest request) {
        return Uni.createFrom().emitter(emitter -> {
            openExchanges.incrementAndGet();
            Exchange exchange = new Exchange(vertx, request, connector, pools, result -> {
                openExchanges.decrementAndGet();
                emitter.complete(result);
            });
            if (!request.url().isHttps() && !config.allowHttp()) {
                exchange.finish(new EgressResult.Refused("http is not allowed, only https"));
                return;
            }
            Future<Addresses> host = resolver.resolve(request.url());
            if (host.isComplete()) {
                resolved(exchange, host);
            } else {
                host.onComplete(late -> exchange.resume(() -> resolved(exchange, host)));
            }
        });
    }

    /**
     * How many requests have no result yet, and how many connections are being opened: those of requests too that have
     * ended meanwhile.
     */
    public int openExchanges() {
        return openExchanges.get() + connector.underWay();
    }

    private static void resolved(Exchange exchange, Future<Addresses> host) {
        if (host.failed()) {
            exchange.finish(new EgressResult.Unreachable(FailureReason.of(host.cause())));
            return;
        }
        host.result()
                .objection()
                .ifPresentOrElse(
                        objection -> exchange.finish(new EgressResult.Refused("egress forbids it: " + objection)),
                        () -> exchange.send(host.result().addresses()));
    }

    private HttpClient client(HttpClientOptions options, PoolOptions pool) {
        return vertx.httpClientBuilder()
                .with(options)
                .with(pool)
                .withConnectHandler(EgressClient::guard)
                .build();
    }

    private static void guard(HttpConnection connection) {
        Http1Guard.install(connection);
        InboundBudget.install(connection);
        if (!Http1Guard.isHttp1(connection)) {
            // After GOAWAY it is of no use; left to a receiver that does not close it, it would use up our open files.
            connection.shutdownHandler(v -> connection.close());
        }
    }

    private static HttpClientOptions options(EgressConfig config) {
        return new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_1_1)
                .setConnectTimeout((int) config.connectTimeout().toMillis())
                .setKeepAliveTimeout((int) config.keepAlive().toSeconds())
                .setHttp2KeepAliveTimeout((int) config.keepAlive().toSeconds())
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setMaxInitialLineLength(MAX_HEADER_BYTES)
                // A bomb must not be inflated before it is measured: what a receiver compresses unasked is read
                // bounded.
                .setDecompressionSupported(false)
                .setTcpNoDelay(true);
    }

    private static HttpClientOptions https(EgressConfig config) {
        HttpClientOptions options = options(config)
                .setSsl(true)
                .setVerifyHost(true)
                .setUseAlpn(true)
                .setInitialSettings(
                        new Http2Settings().setPushEnabled(false).setMaxHeaderListSize(MAX_HTTP2_HEADER_BYTES))
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setSslHandshakeTimeout(config.connectTimeout().toMillis())
                .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
        config.trustCertificates().ifPresent(paths -> {
            PemTrustOptions trusted = new PemTrustOptions();
            paths.forEach(trusted::addCertPath);
            options.setTrustOptions(trusted);
        });
        return options;
    }
}
