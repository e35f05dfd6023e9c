package io.playhook.webhook;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

import com.fasterxml.jackson.core.JsonToken;

import io.playhook.egress.InvalidTargetUrl;
import io.playhook.egress.TargetUrl;
import io.playhook.platform.json.FieldErrors;
import io.playhook.platform.json.RawObject;
import io.playhook.platform.json.RawObject.RawValue;

/**
 * A request to register a webhook, its fields checked each by itself. Whether egress allows the URL takes a look-up and
 * is asked later; what it says goes to the same {@code errors}, so that the caller hears everything at once.
 *
 * @param url null if it is at fault
 * @param securityKey null if it is at fault
 */
record Registration(
        TargetUrl url,
        SecurityKey securityKey,
        Set<EventType> eventSubscriptions,
        Section settings,
        FieldErrors errors) {

    private static final int MAX_SETTINGS = 256 * 1024;

    /**
     * The settings.
     *
     * @param json the object as it came; null if there is none
     * @param known what its known keys say
     */
    record Section(String json, Settings known) {}

    /** Reads the body of a registration. */
    static Registration read(RawObject body) {
        return read(body, true);
    }

    /**
     * Reads what a webhook is to be.
     *
     * @param withSecurityKey whether its key is to be there; otherwise it stays unread, and null
     */
    static Registration read(RawObject body, boolean withSecurityKey) {
        FieldErrors errors = new FieldErrors();
        errors.optionalString(body, "auth_token");
        return new Registration(
                url(body, errors),
                withSecurityKey ? securityKey(body, errors) : null,
                subscriptions(body, errors),
                settings(body, errors),
                errors);
    }

    private static TargetUrl url(RawObject body, FieldErrors errors) {
        Optional<String> text = errors.requiredString(body, "url");
        try {
            return text.isPresent() ? TargetUrl.parse(text.get()) : null;
        } catch (InvalidTargetUrl e) {
            errors.add("url", e.getMessage());
            return null;
        }
    }

    private static SecurityKey securityKey(RawObject body, FieldErrors errors) {
        return securityKey(errors.requiredString(body, "security_key"), errors);
    }

    /** The security key that a request brings; null if it brings none, or one that is at fault. */
    static SecurityKey securityKey(Optional<String> text, FieldErrors errors) {
        Optional<String> objection = text.flatMap(SecurityKey::objection);
        objection.ifPresent(why -> errors.add("security_key", why));
        return text.isPresent() && objection.isEmpty() ? SecurityKey.of(text.get()) : null;
    }

    private static Set<EventType> subscriptions(RawObject body, FieldErrors errors) {
        if (body.value("event_subscriptions").isEmpty()) {
            errors.add("event_subscriptions", "is required");
        }
        Set<EventType> subscriptions = EnumSet.noneOf(EventType.class);
        subscriptions.addAll(errors.names(body, "event_subscriptions", EventType::of, EventType.ALL));
        return subscriptions;
    }

    private static Section settings(RawObject body, FieldErrors errors) {
        Optional<RawValue> value = body.value("settings");
        if (value.isPresent() && value.get().token() != JsonToken.START_OBJECT) {
            errors.add("settings", "must be an object");
            return new Section(null, Settings.DEFAULT);
        }
        FieldErrors inSettings = new FieldErrors();
        Settings known = value.map(settings -> SettingsReader.read(RawObject.parse(settings.json()), inSettings))
                .orElse(Settings.DEFAULT);
        if (inSettings.isEmpty() && value.isPresent() && !value.get().isWholeText()) {
            errors.add("settings", "must not contain half of a surrogate pair");
        }
        // A body can't be so long; what is patched again and again can.
        if (value.isPresent() && value.get().json().length() > MAX_SETTINGS) {
            errors.add("settings", "must have at most %d characters".formatted(MAX_SETTINGS));
        }
        errors.addAll("settings", inSettings);
        return new Section(value.map(RawValue::json).orElse(null), known);
    }
}
