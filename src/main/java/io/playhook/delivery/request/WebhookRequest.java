package io.playhook.delivery.request;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;

import io.playhook.delivery.Delivery;
import io.playhook.delivery.EventPayload;
import io.playhook.egress.EgressRequest;
import io.playhook.platform.TraceParent;
import io.playhook.webhook.FormerKey;
import io.playhook.webhook.SecurityKey;
import io.playhook.webhook.Settings;
import io.playhook.webhook.WebhookTarget;

/** Makes the HTTP request that a receiver gets: its signature and its headers. */
final class WebhookRequest {

    // Encoded once; they are written with each attempt.
    private static final CharSequence ACCEPT = HttpHeaders.createOptimized("Accept");
    private static final CharSequence CONTENT_TYPE = HttpHeaders.createOptimized("Content-Type");
    private static final CharSequence USER_AGENT = HttpHeaders.createOptimized("User-Agent");
    private static final CharSequence EVENT = HttpHeaders.createOptimized("X-Playhook-Event");
    private static final CharSequence DELIVERY = HttpHeaders.createOptimized("X-Playhook-Delivery");
    private static final CharSequence ATTEMPT = HttpHeaders.createOptimized("X-Playhook-Attempt");
    private static final CharSequence TRACE_PARENT = HttpHeaders.createOptimized("traceparent");
    private static final CharSequence ID = HttpHeaders.createOptimized("webhook-id");
    private static final CharSequence TIMESTAMP = HttpHeaders.createOptimized("webhook-timestamp");
    private static final CharSequence SIGNATURE = HttpHeaders.createOptimized("webhook-signature");
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final CharSequence CLOUDEVENTS_JSON = HttpHeaders.createOptimized("application/cloudevents+json");
    private static final CharSequence ANYTHING = HttpHeaders.createOptimized("*/*");

    private WebhookRequest() {}

    /**
     * The request of the delivery's next attempt.
     *
     * @param spanId 16 hexadecimal digits, new for each attempt
     */
    static EgressRequest of(
            Delivery delivery, WebhookTarget target, String userAgent, Instant now, String spanId, Duration deadline) {
        EventPayload event = delivery.event();
        byte[] body = event.bodyFor(target.id(), target.settings().format());
        String id = event.id().toString();
        String traceParent = TraceParent.of(event.traceParent(), event.id(), spanId);
        long timestamp = now.getEpochSecond();
        String signature = WebhookSigner.sign(keys(target, now), id, timestamp, body);
        return new EgressRequest(
                target.organizationId(),
                target.url(),
                headers -> {
                    setOwn(headers, target);
                    headers.set(CONTENT_TYPE, contentType(target))
                            .set(USER_AGENT, userAgent)
                            .set(EVENT, event.type())
                            .set(DELIVERY, delivery.id().toString())
                            .set(ATTEMPT, Integer.toString(delivery.nextAttempt()))
                            .set(TRACE_PARENT, traceParent)
                            .set(ID, id)
                            .set(TIMESTAMP, Long.toString(timestamp))
                            .set(SIGNATURE, signature);
                },
                Buffer.buffer(body),
                deadline);
    }

    private static CharSequence contentType(WebhookTarget target) {
        return switch (target.settings().format()) {
            case STANDARD -> JSON;
            case CLOUDEVENTS -> CLOUDEVENTS_JSON;
        };
    }

    private static List<SecurityKey> keys(WebhookTarget target, Instant now) {
        if (target.formerKeys().isEmpty()) {
            return List.of(target.securityKey());
        }
        Stream<SecurityKey> former = target.formerKeys().stream()
                .filter(key -> key.endsAt().isAfter(now))
                .map(FormerKey::key);
        return Stream.concat(Stream.of(target.securityKey()), former).toList();
    }

    private static void setOwn(MultiMap headers, WebhookTarget target) {
        Settings settings = target.settings();
        // Firewalls count a request without it as suspicious. A subscriber may choose another.
        headers.set(ACCEPT, ANYTHING);
        settings.headers().forEach(headers::set);
        if (settings.sendSecurityKey()) {
            headers.set(settings.securityKeyHeader(), target.securityKey().reveal());
        }
    }
}
