package io.playhook.webhook;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.node.TextNode;

import io.playhook.egress.InvalidTargetUrl;
import io.playhook.egress.TargetUrl;
import io.playhook.platform.json.MergePatch;
import io.playhook.platform.json.RawObject;
import io.playhook.platform.json.RawObject.RawValue;

/**
 * A request to change a webhook: a JSON merge patch (RFC 7396) of what it was registered with.
 *
 * @param body the patch
 */
record WebhookPatch(RawObject body) {

    private static final String URL = "url";
    private static final String SUBSCRIPTIONS = "event_subscriptions";
    private static final String SETTINGS = "settings";
    private static final String SECURITY_KEY = "security_key";
    private static final String STATUS = "status";

    /** The URL that it brings; empty if it brings none, or one that is none. */
    Optional<TargetUrl> newUrl() {
        return body.value(URL).map(RawValue::string).flatMap(text -> {
            try {
                return Optional.of(TargetUrl.parse(text));
            } catch (InvalidTargetUrl checkedLater) {
                return Optional.empty();
            }
        });
    }

    /** Whether it brings another security key. */
    boolean hasSecurityKey() {
        return body.values().containsKey(SECURITY_KEY);
    }

    /** What the webhook would have been registered with to be as it is then; its faults are noted in it. */
    Registration appliedTo(Webhook webhook) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put(URL, TextNode.valueOf(webhook.url).toString());
        fields.put(SUBSCRIPTIONS, subscriptions(webhook));
        fields.put(SETTINGS, webhook.settings == null ? "null" : webhook.settings);
        body.values().forEach((name, change) -> {
            if (fields.containsKey(name) || name.equals(SECURITY_KEY)) {
                fields.put(name, MergePatch.apply(fields.get(name), change.json()));
            }
        });
        String merged = fields.entrySet().stream()
                .map(field -> "\"%s\":%s".formatted(field.getKey(), field.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
        Registration registration = Registration.read(RawObject.parse(merged), hasSecurityKey());
        registration.errors().optionalString(body, "auth_token");
        checkStatus(webhook, registration);
        return registration;
    }

    // Whoever sends it means it, and would take a 200 for a yes.
    private void checkStatus(Webhook webhook, Registration registration) {
        RawValue status = body.values().get(STATUS);
        if (status != null
                && (status.token() != JsonToken.VALUE_STRING || !status.string().equals(webhook.status.toString()))) {
            registration.errors().add(STATUS, "can't be changed so: there are the calls pause and resume");
        }
    }

    private static String subscriptions(Webhook webhook) {
        return Arrays.stream(webhook.eventSubscriptions)
                .map(name -> "\"" + name + "\"")
                .collect(Collectors.joining(",", "[", "]"));
    }
}
