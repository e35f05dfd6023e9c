package io.playhook.event;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

import io.playhook.platform.json.FieldErrors;
import io.playhook.platform.json.RawObject;
import io.playhook.platform.json.RawObject.RawValue;
import io.playhook.webhook.EventType;

/**
 * An event that is made up, in the form of real ones.
 *
 * @param type the event's name
 * @param content the player as it came, a JSON object; of an operational event an object of what it tells
 */
public record SampleEvent(String type, String content) {

    private static final String PLAYER = """
            {"uuid":"aXkbtFpbiqBpVeGAqUgN8T","name":"A sample player"}""";

    private static final String WEBHOOK = """
            "webhook":{"webhook_id":1,"organization_id":1,"url":"https://example.com/a-sample",\
            "event_subscriptions":["videofacade_update"],"status":"%s","status_reason":%s,\
            "circuit":{"state":"%s","since":"2026-01-01T00:00:00.000000Z","next_probe_at":%s,"reason":"an example"},\
            "created_at":"2026-01-01T00:00:00.000000Z","updated_at":"2026-01-01T00:00:00.000000Z"}""";

    private static final String DELIVERY = """
            "delivery":{"delivery_id":"019b76da-a800-7000-8000-000000000001",\
            "event_id":"019b76da-a800-7000-8000-000000000000","type":"videofacade_update",\
            "player_uuid":"aXkbtFpbiqBpVeGAqUgN8T","webhook_id":1,"organization_id":1,"status":"failed",\
            "reason":"the receiver answered 503","attempts_made":11,"next_attempt_at":null,\
            "accepted_at":"2026-01-01T00:00:00.000000Z","settled_at":"2026-01-01T00:00:00.000000Z"}""";

    /**
     * Reads a request for a sample; throws a 400 {@link io.playhook.platform.problem.Problem} of all that is wrong.
     *
     * @param usualType the type unless the request names another
     */
    public static SampleEvent read(RawObject request, String usualType) {
        FieldErrors errors = new FieldErrors();
        errors.optionalString(request, "auth_token");
        EventType type = type(request, errors).orElse(EventType.of(usualType).orElse(EventType.VIDEOFACADE_UPDATE));
        String content = type.isOperational() ? operational(type, request, errors) : player(type, request, errors);
        errors.throwIfAny();
        return new SampleEvent(type.toString(), content);
    }

    private static Optional<EventType> type(RawObject request, FieldErrors errors) {
        Optional<String> named = errors.optionalString(request, "type");
        Optional<EventType> type = named.flatMap(EventType::of);
        if (named.isPresent() && type.isEmpty()) {
            errors.add("type", "must be one of " + EventType.ALL);
        }
        return type;
    }

    private static String player(EventType type, RawObject request, FieldErrors errors) {
        String player = request.value(Submission.PLAYER).map(RawValue::json).orElse(PLAYER);
        String event = "{\"type\":\"%s\",\"%s\":%s}".formatted(type, Submission.PLAYER, player);
        RawObject published = RawObject.parseOneOrMany(event.getBytes(StandardCharsets.UTF_8), Submission.PLAYER)
                .values()
                .get(0)
                .object();
        return Submission.read(published, Optional.empty(), errors).player();
    }

    private static String operational(EventType type, RawObject request, FieldErrors errors) {
        if (request.value(Submission.PLAYER).isPresent()) {
            errors.add(Submission.PLAYER, "must be absent: a %s is about a webhook".formatted(type));
        }
        return switch (type) {
            case WEBHOOK_DISABLED ->
                "{" + webhook("disabled", "\"the receiver is gone: it answered 410\"", "closed", "null") + "}";
            case CIRCUIT_OPENED -> "{" + webhook("active", "null", "open", "\"2026-01-01T00:00:30.000000Z\"") + "}";
            case CIRCUIT_CLOSED -> "{" + webhook("active", "null", "closed", "null") + "}";
            default -> "{" + webhook("active", "null", "closed", "null") + "," + DELIVERY + "}";
        };
    }

    private static String webhook(String status, String statusReason, String circuit, String nextProbe) {
        return WEBHOOK.formatted(status, statusReason, circuit, nextProbe);
    }
}
