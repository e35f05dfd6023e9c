package io.playhook.testing;

import java.util.Map;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;

/** A body that is good, with every field that means something, for each schema that an operation takes. */
public final class GoodBodies {

    private static final Map<String, String> BY_SCHEMA = Map.of(
            "NewReplay", """
                    {"since":"2026-01-31T12:00:00Z","until":"2999-01-01T00:00:00Z","status":["failed","missing"],\
                    "types":["playlist_update"],"rate_limit":100}""",
            "WebhookPatch", """
                    {"url":"https://example.com/hook","security_key":"a-key","event_subscriptions":["playlist_create"],\
                    "settings":{"timeout_ms":5000,"headers":{"X-Own":"value"},"anything":{"else":[1]}}}""",
            "NewSecurityKey", """
                    {"security_key":"a-key","overlap_seconds":0}""",
            "WantedCircuit", """
                    {"state":"closed"}""",
            "NewSample", """
                    {"type":"playlist_update","player":{"uuid":"a","list":[1,2.50,null]}}""",
            "NewWebhook", """
                    {"url":"https://example.com/hook","security_key":"a-key","event_subscriptions":["playlist_create"],\
                    "settings":{"description":"text","headers":{"X-Own":"value"},"send_security_key":true,\
                    "security_key_header":"X-Key","timeout_ms":5000,"max_concurrency":5,"rate_limit":1.5,\
                    "retry_schedule":["5s"],"filter":{"a.b":[1,"x"],"c":{"prefix":"y"},"d":{"exists":true}},"ordering":"none","coalesce_ms":0,\
                    "format":"standard","anything":{"else":[1]}}}""",
            "NewEvents", """
                    {"type":"playlist_update","occurred_at":"2026-01-31T12:00:00Z",\
                    "player":{"uuid":"a","name":"Welcome","list":[1,2.50,null]}}""",
            "TokenBody", """
                    {"auth_token":"a-token"}""",
            "NewOrganization", """
                    {"name":"An organization","parent_id":null}""",
            "NewToken", """
                    {"scopes":["events:read"],"expires_at":"2999-01-01T00:00:00Z"}""");

    private GoodBodies() {}

    /** The body for an operation; empty if it takes none. Fails where none is known, so that it gets written. */
    public static Optional<String> of(ApiDescription.Operation operation) {
        operation
                .bodySchema()
                .ifPresent(schema ->
                        assertThat(BY_SCHEMA).as("a body for %s", operation).containsKey(schema));
        return operation.bodySchema().map(BY_SCHEMA::get);
    }
}
