package io.playhook.egress;

import java.time.Duration;
import java.util.Optional;

import jakarta.inject.Singleton;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;

/**
 * Tells a subscriber early what would fail later: whether egress would let deliveries go to a URL as things stand now.
 * It is for their sake; safety is what {@link EgressClient} checks on each connection.
 */
@Singleton
public class UrlCheck {

    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final HostResolver resolver;
    private final EgressConfig config;

    public UrlCheck(HostResolver resolver, EgressConfig config) {
        this.resolver = resolver;
        this.config = config;
    }

    /** What is wrong with the URL; empty if nothing is. A name that does not resolve is fine: it may do so later. */
    public Uni<Optional<String>> objection(TargetUrl url) {
        if (!url.isHttps() && !config.allowHttp()) {
            return Uni.createFrom().item(Optional.of("must begin with https://"));
        }
        if (url.isHttps() && url.host().indexOf('_') >= 0) {
            return Uni.createFrom()
                    .item(Optional.of("has an underscore in its host name, for which no certificate can be checked:"
                            + " use a name of letters, digits and hyphens"));
        }
        // A look-up may be shared with another request, and end in that one's context; what follows must go on in ours.
        Context caller = Vertx.currentContext();
        return Uni.createFrom()
                .<Optional<String>>emitter(emitter -> resolver.resolve(url)
                        .onSuccess(host -> emitter.complete(host.objection()))
                        .onFailure(emitter::fail))
                .ifNoItem()
                .after(PATIENCE)
                .recoverWithItem(Optional.empty())
                .onFailure()
                .recoverWithItem(Optional.empty())
                .map(objection -> objection.map("may not be used: "::concat))
                .emitOn(step -> {
                    if (caller == null) {
                        step.run();
                    } else {
                        caller.runOnContext(v -> step.run());
                    }
                });
    }
}
