package io.playhook.delivery;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;

import io.playhook.platform.json.RawObject;
import io.playhook.webhook.EventType;
import io.playhook.webhook.Settings.Format;

/** What receivers get to know of an event. */
public final class EventPayload {

    private final UUID id;
    private final int organizationId;
    private final String type;
    private final String content;
    private final Instant occurredAt;
    private final String traceParent;

    /** By format, each made when it is first sent. Two threads may each make it: they make the same. */
    private final Envelope[] envelopes = new Envelope[Format.values().length];

    /**
     * @param content the player as it was published, a JSON object; of an operational event an object of what it tells
     * @param occurredAt in microseconds at the finest, as PostgreSQL keeps it
     * @param traceParent the publisher's W3C trace context; null if it sent none
     */
    public EventPayload(
            UUID id, int organizationId, String type, String content, Instant occurredAt, String traceParent) {
        this.id = id;
        this.organizationId = organizationId;
        this.type = type;
        this.content = content;
        this.occurredAt = occurredAt;
        this.traceParent = traceParent;
    }

    /**
     * The bytes of what is sent, before and behind the webhook's id: the same for all webhooks. The content goes in as it is;
     * nothing else needs escaping.
     */
    private record Envelope(byte[] before, byte[] behind) {

        static Envelope of(EventPayload event, Format format) {
            return switch (format) {
                case STANDARD -> standard(event);
                case CLOUDEVENTS -> cloudEvent(event);
            };
        }

        private static Envelope standard(EventPayload event) {
            return of(
                    "{\"event_id\":\"" + event.id
                            + "\",\"type\":\"" + event.type
                            + "\",\"occurred_at\":\"" + event.occurredAt
                            + "\",\"organization_id\":" + event.organizationId
                            + ",\"webhook_id\":",
                    "," + event.fields() + "}");
        }

        private static Envelope cloudEvent(EventPayload event) {
            String subject = RawObject.parse(event.content)
                    .value("uuid")
                    .map(uuid -> "\",\"subject\":" + uuid.json())
                    .orElse("\"");
            return of(
                    "{\"specversion\":\"1.0\",\"id\":\"" + event.id
                            + "\",\"source\":\"/organizations/" + event.organizationId
                            + "\",\"type\":\"" + event.type
                            + "\",\"time\":\"" + event.occurredAt
                            + subject
                            + ",\"datacontenttype\":\"application/json\",\"data\":{\"organization_id\":"
                            + event.organizationId
                            + ",\"webhook_id\":",
                    "," + event.fields() + "}}");
        }

        private static Envelope of(String before, String behind) {
            return new Envelope(before.getBytes(StandardCharsets.UTF_8), behind.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** The body of a request to a webhook: the envelope, in UTF-8. */
    public byte[] bodyFor(int webhookId, Format format) {
        Envelope shared = envelopes[format.ordinal()];
        if (shared == null) {
            shared = Envelope.of(this, format);
            envelopes[format.ordinal()] = shared;
        }
        byte[] between = Integer.toString(webhookId).getBytes(StandardCharsets.US_ASCII);
        byte[] body = new byte[shared.before.length + between.length + shared.behind.length];
        System.arraycopy(shared.before, 0, body, 0, shared.before.length);
        System.arraycopy(between, 0, body, shared.before.length, between.length);
        System.arraycopy(shared.behind, 0, body, shared.before.length + between.length, shared.behind.length);
        return body;
    }

    /** What stands in the envelope behind the ids. */
    private String fields() {
        return EventType.isOperational(type) ? content.substring(1, content.length() - 1) : "\"player\":" + content;
    }

    public UUID id() {
        return id;
    }

    public int organizationId() {
        return organizationId;
    }

    public String type() {
        return type;
    }

    /** The length of the content, in characters. */
    public int length() {
        return content.length();
    }

    public String traceParent() {
        return traceParent;
    }
}
