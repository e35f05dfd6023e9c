package io.playhook.delivery.request;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;
import java.util.random.RandomGenerator;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.config.inject.ConfigProperty;

import io.playhook.delivery.Attempt;
import io.playhook.delivery.AttemptOutcome;
import io.playhook.delivery.AttemptOutcome.Delivered;
import io.playhook.delivery.AttemptOutcome.Forbidden;
import io.playhook.delivery.AttemptOutcome.Gone;
import io.playhook.delivery.AttemptOutcome.Rejected;
import io.playhook.delivery.AttemptOutcome.TimedOut;
import io.playhook.delivery.AttemptOutcome.Unreachable;
import io.playhook.delivery.Delivery;
import io.playhook.egress.EgressClient;
import io.playhook.egress.EgressRequest;
import io.playhook.egress.EgressResult;
import io.playhook.platform.Ticker;
import io.playhook.webhook.WebhookTarget;

/** Makes one attempt. */
@ApplicationScoped
public class WebhookSender {

    private static final byte[] NOTHING = new byte[0];

    private final EgressClient egress;
    private final Deadlines deadlines;
    private final InstantSource clock;
    private final Ticker ticker;
    private final RandomGenerator random;
    private final String userAgent;

    WebhookSender(
            EgressClient egress,
            Deadlines deadlines,
            InstantSource clock,
            Ticker ticker,
            RandomGenerator random,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.egress = egress;
        this.deadlines = deadlines;
        this.clock = clock;
        this.ticker = ticker;
        this.random = random;
        this.userAgent = "Playhook/" + version;
    }

    /** Sends the delivery's next attempt; never fails, what goes wrong is an outcome. */
    public Uni<Attempt> send(Delivery delivery, WebhookTarget target) {
        Instant startedAt = clock.instant();
        long started = ticker.nanos();
        return egress.send(request(delivery, target, startedAt))
                .map(result -> attempt(target, delivery.nextAttempt(), startedAt, elapsed(started), result));
    }

    /** The same, for somebody who wants to see what was sent and what came back. */
    public Uni<Trial> tryOut(Delivery delivery, WebhookTarget target) {
        Instant startedAt = clock.instant();
        long started = ticker.nanos();
        EgressRequest request = request(delivery, target, startedAt);
        return egress.send(request)
                .map(result -> Trial.of(
                        target,
                        request,
                        result,
                        attempt(target, delivery.nextAttempt(), startedAt, elapsed(started), result)));
    }

    private EgressRequest request(Delivery delivery, WebhookTarget target, Instant now) {
        return WebhookRequest.of(delivery, target, userAgent, now, newSpanId(), deadlines.of(target));
    }

    private Duration elapsed(long since) {
        return Duration.ofNanos(ticker.nanos() - since);
    }

    private Attempt attempt(
            WebhookTarget target, int number, Instant startedAt, Duration duration, EgressResult result) {
        byte[] body = result instanceof EgressResult.Response response
                ? KeyMask.mask(response.bodyExcerpt(), target)
                : NOTHING;
        return new Attempt(number, startedAt, duration, outcome(result, clock.instant()), body);
    }

    static AttemptOutcome outcome(EgressResult result, Instant now) {
        if (result instanceof EgressResult.Response response) {
            return outcome(response, now);
        }
        if (result instanceof EgressResult.Refused refused) {
            return new Forbidden(refused.reason());
        }
        return result instanceof EgressResult.TimedOut timedOut
                ? new TimedOut(timedOut.reason())
                : new Unreachable(((EgressResult.Unreachable) result).reason());
    }

    private static AttemptOutcome outcome(EgressResult.Response response, Instant now) {
        int status = response.status();
        if (status / 100 == 2) {
            return new Delivered(status);
        }
        if (status == 410) {
            return new Gone();
        }
        boolean mayAsk = status == 429 || status == 503;
        return new Rejected(
                status, mayAsk ? RetryAfter.parse(response.headers().get("Retry-After"), now) : Optional.empty());
    }

    private String newSpanId() {
        long id = random.nextLong();
        return HexFormat.of().toHexDigits(id == 0 ? 1 : id);
    }
}
