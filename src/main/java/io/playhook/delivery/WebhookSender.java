package io.playhook.delivery;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;
import java.util.random.RandomGenerator;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.config.inject.ConfigProperty;

import io.playhook.delivery.AttemptOutcome.Delivered;
import io.playhook.delivery.AttemptOutcome.Forbidden;
import io.playhook.delivery.AttemptOutcome.Gone;
import io.playhook.delivery.AttemptOutcome.NoAnswer;
import io.playhook.delivery.AttemptOutcome.Rejected;
import io.playhook.egress.EgressClient;
import io.playhook.egress.EgressRequest;
import io.playhook.egress.EgressResult;
import io.playhook.webhook.WebhookTarget;

/** Makes one attempt. */
@ApplicationScoped
class WebhookSender {

    private static final byte[] NOTHING = new byte[0];

    private final EgressClient egress;
    private final Deadlines deadlines;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final String userAgent;

    WebhookSender(
            EgressClient egress,
            Deadlines deadlines,
            InstantSource clock,
            RandomGenerator random,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.egress = egress;
        this.deadlines = deadlines;
        this.clock = clock;
        this.random = random;
        this.userAgent = "Playhook/" + version;
    }

    /** Sends the delivery's next attempt; never fails, what goes wrong is an outcome. */
    Uni<Attempt> send(Delivery delivery, WebhookTarget target) {
        Instant startedAt = clock.instant();
        EgressRequest request =
                WebhookRequest.of(delivery, target, userAgent, startedAt, newSpanId(), deadlines.of(target));
        return egress.send(request).map(result -> attempt(delivery.nextAttempt(), startedAt, result));
    }

    private Attempt attempt(int number, Instant startedAt, EgressResult result) {
        Instant now = clock.instant();
        byte[] body = result instanceof EgressResult.Response response ? response.bodyExcerpt() : NOTHING;
        return new Attempt(number, startedAt, Duration.between(startedAt, now), outcome(result, now), body);
    }

    static AttemptOutcome outcome(EgressResult result, Instant now) {
        if (result instanceof EgressResult.Response response) {
            return outcome(response, now);
        }
        if (result instanceof EgressResult.Refused refused) {
            return new Forbidden(refused.reason());
        }
        return new NoAnswer(
                result instanceof EgressResult.TimedOut timedOut
                        ? timedOut.reason()
                        : ((EgressResult.Unreachable) result).reason());
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
