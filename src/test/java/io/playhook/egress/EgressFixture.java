package io.playhook.egress;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;

import io.playhook.platform.Ticker;
import io.playhook.testing.MovableTicker;

/** Egress as the service has it, on an event loop of its own. */
final class EgressFixture implements AutoCloseable {

    private static final Duration DEADLINE = Duration.ofSeconds(5);

    final Vertx vertx = Vertx.vertx();
    final MovableTicker ticker = new MovableTicker();
    private final EgressClient client;

    EgressFixture(EgressConfig config) {
        client = client(config, vertx, ticker);
    }

    static EgressClient client(EgressConfig config, Vertx vertx, Ticker ticker) {
        HostResolver resolver = new HostResolver(new AddressPolicy(config), config, vertx, ticker);
        return new EgressClient(resolver, config, vertx);
    }

    EgressResult post(String url) {
        return begin(1, url, DEADLINE).join();
    }

    EgressResult post(int organizationId, String url, Duration deadline) {
        return begin(organizationId, url, deadline).join();
    }

    CompletableFuture<EgressResult> begin(int organizationId, String url, Duration deadline) {
        CompletableFuture<EgressResult> result = new CompletableFuture<>();
        EgressRequest request =
                new EgressRequest(organizationId, parse(url), headers -> {}, Buffer.buffer("{}"), deadline);
        vertx.runOnContext(v -> client.send(request).subscribe().with(result::complete));
        return result;
    }

    int openExchanges() {
        return client.openExchanges();
    }

    static <T> T join(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }

    static TargetUrl parse(String url) {
        try {
            return TargetUrl.parse(url);
        } catch (InvalidTargetUrl e) {
            throw new IllegalArgumentException(e);
        }
    }

    @Override
    public void close() {
        join(vertx.close());
    }
}
