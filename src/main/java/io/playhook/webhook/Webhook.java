package io.playhook.webhook;

import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;

import org.hibernate.annotations.ColumnTransformer;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;

import io.playhook.platform.problem.Problem;

/** A target URL, a security key and the events it subscribes to. */
@Entity
@Table(name = "webhooks")
public class Webhook {

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    Integer id;

    @Column(name = "organization_id")
    Integer organizationId;

    /** Grows with every change, so that pods know when a copy is old. */
    @Version
    Integer version;

    String url;

    /** Sealed by the {@link SecurityKeyVault}. */
    @Column(name = "security_key")
    String securityKey;

    /** {@link FormerKey.Sealed}, each as text. */
    @JdbcTypeCode(SqlTypes.ARRAY)
    @Column(name = "former_keys")
    String[] formerKeys = {};

    @JdbcTypeCode(SqlTypes.ARRAY)
    @Column(name = "event_subscriptions")
    String[] eventSubscriptions;

    /** The JSON object as it came; null if there was none. */
    String settings;

    /** What the fan-out has to know of the settings, and can't read out of JSON for each event. */
    boolean ordered;

    @Column(name = "coalesce_ms")
    int coalesceMs;

    /** An SQL/JSON path, compiled by the database; null for all players. */
    @ColumnTransformer(read = "cast(filter as text)", write = "cast(cast(? as text) as jsonpath)")
    String filter;

    @Convert(converter = WebhookStatusConverter.class)
    WebhookStatus status;

    @Column(name = "status_reason")
    String statusReason;

    @Column(name = "created_at")
    Instant createdAt;

    @Column(name = "updated_at")
    Instant updatedAt;

    protected Webhook() {}

    Webhook(
            int organizationId,
            String url,
            String sealedSecurityKey,
            Set<EventType> subscriptions,
            Registration.Section settings,
            Instant now) {
        this.organizationId = organizationId;
        this.securityKey = sealedSecurityKey;
        become(url, subscriptions, settings);
        this.status = WebhookStatus.ACTIVE;
        this.createdAt = now;
        this.updatedAt = now;
    }

    /** Takes on what was asked for; says whether that is something else than before. */
    boolean become(String url, Set<EventType> subscriptions, Registration.Section settings) {
        String[] names = subscriptions.stream().map(EventType::toString).toArray(String[]::new);
        boolean isOther = !url.equals(this.url)
                || !Arrays.equals(names, this.eventSubscriptions)
                || !Objects.equals(settings.json(), this.settings);
        this.url = url;
        this.eventSubscriptions = names;
        this.settings = settings.json();
        this.ordered = settings.known().ordered();
        this.coalesceMs = (int) settings.known().coalesce().toMillis();
        this.filter = settings.known().filter().orElse(null);
        return isOther;
    }

    /** Takes another key at once: those before it sign no more. */
    void replaceKey(String sealedKey) {
        securityKey = sealedKey;
        formerKeys = new String[0];
    }

    /**
     * Takes another key, beside which those before it sign until {@code overlapEnds}, or until they would have ended anyway.
     */
    void rotateKey(String sealedKey, Instant overlapEnds, Instant now) {
        Stream<FormerKey.Sealed> before = Stream.concat(
                Stream.of(new FormerKey.Sealed(securityKey, overlapEnds)),
                Arrays.stream(formerKeys).map(FormerKey.Sealed::parse));
        formerKeys = before.map(key -> key.endingBy(overlapEnds))
                .filter(key -> key.endsAt().isAfter(now))
                .map(FormerKey.Sealed::toString)
                .toArray(String[]::new);
        securityKey = sealedKey;
        updatedAt = now;
    }

    /** Has its deliveries wait; says whether they went out before. */
    boolean pause(Instant now) {
        if (status == WebhookStatus.DISABLED) {
            throw Problem.badRequest(
                    "The webhook is disabled: it gets no deliveries that could wait. Resume it first.");
        }
        return become(WebhookStatus.PAUSED, now);
    }

    /** Has its deliveries go out, be it paused or disabled. */
    boolean resume(Instant now) {
        return become(WebhookStatus.ACTIVE, now);
    }

    private boolean become(WebhookStatus other, Instant now) {
        if (status == other) {
            return false;
        }
        status = other;
        statusReason = null;
        updatedAt = now;
        return true;
    }

    /** Ends the webhook for good and forgets its secret. */
    void delete(Instant now) {
        status = WebhookStatus.DELETED;
        securityKey = null;
        formerKeys = new String[0];
        updatedAt = now;
    }
}
