package io.playhook.event;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

import com.fasterxml.jackson.core.JsonToken;

import io.playhook.platform.json.FieldErrors;
import io.playhook.platform.json.RawObject;
import io.playhook.platform.json.RawObject.RawValue;
import io.playhook.webhook.EventType;

/**
 * An event as a publisher submits it, checked.
 *
 * @param player the JSON object as it came
 * @param occurredAt null where the publisher leaves it to us
 * @param idempotencyKey null if there is none
 */
record Submission(String type, String playerUuid, String player, Instant occurredAt, String idempotencyKey) {

    /** The field whose object is looked into. */
    static final String PLAYER = "player";

    private static final int MAX_PLAYER_UUID = 64;
    private static final int MAX_IDEMPOTENCY_KEY = 256;

    /**
     * Reads an event and notes what is wrong with it; what is returned then is of no use.
     *
     * @param keyFromHeader the idempotency key where the event has none of its own; checked already
     */
    static Submission read(RawObject event, Optional<String> keyFromHeader, FieldErrors errors) {
        Optional<RawValue> player = player(event, errors);
        return new Submission(
                type(event, errors),
                player.map(value -> playerUuid(value, errors)).orElse(null),
                player.map(RawValue::json).orElse(null),
                errors.optionalTime(event, "occurred_at").orElse(null),
                idempotencyKey(event, keyFromHeader, errors));
    }

    /** What tells one body from another under the same idempotency key. */
    byte[] fingerprint() {
        return Fingerprint.of(bytes(type), bytes(String.valueOf(occurredAt)), bytes(player));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String type(RawObject event, FieldErrors errors) {
        Optional<String> type = errors.requiredString(event, "type");
        if (type.isPresent()
                && EventType.of(type.get()).filter(t -> !t.isOperational()).isEmpty()) {
            errors.add("type", "must be one of " + EventType.OF_PLAYERS);
        }
        return type.orElse(null);
    }

    private static Optional<RawValue> player(RawObject event, FieldErrors errors) {
        Optional<RawValue> player = event.value(PLAYER);
        if (player.isEmpty() || player.get().token() != JsonToken.START_OBJECT) {
            errors.add(PLAYER, player.isEmpty() ? "is required" : "must be an object");
            return Optional.empty();
        }
        return player;
    }

    private static String playerUuid(RawValue player, FieldErrors errors) {
        FieldErrors inPlayer = new FieldErrors();
        Optional<String> uuid = inPlayer.requiredString(player.object(), "uuid");
        if (uuid.isPresent() && !hasLength(uuid.get(), MAX_PLAYER_UUID)) {
            inPlayer.add("uuid", "must have from 1 to %d characters".formatted(MAX_PLAYER_UUID));
        }
        errors.addAll(PLAYER, inPlayer);
        if (inPlayer.isEmpty() && !player.isWholeText()) {
            // Sent out as it is, it would fail at the receiver, day after day.
            errors.add(PLAYER, "must not contain half of a surrogate pair");
        }
        return uuid.orElse(null);
    }

    private static String idempotencyKey(RawObject event, Optional<String> keyFromHeader, FieldErrors errors) {
        Optional<String> key = errors.optionalString(event, "idempotency_key");
        key.ifPresent(given -> checkKey("idempotency_key", given, errors));
        return key.or(() -> keyFromHeader).orElse(null);
    }

    /** Notes what is wrong with an idempotency key that stands in {@code field}. */
    static void checkKey(String field, String key, FieldErrors errors) {
        if (!hasLength(key, MAX_IDEMPOTENCY_KEY) || !FieldErrors.isText(key)) {
            errors.add(field, "must have from 1 to %d printable characters".formatted(MAX_IDEMPOTENCY_KEY));
        }
    }

    private static boolean hasLength(String text, int most) {
        int length = text.codePointCount(0, text.length());
        return length >= 1 && length <= most;
    }
}
