package io.playhook.webhook;

import java.time.Instant;
import java.util.Set;

import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;

import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;

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

    @JdbcTypeCode(SqlTypes.ARRAY)
    @Column(name = "event_subscriptions")
    String[] eventSubscriptions;

    /** The JSON object as it came; null if there was none. */
    String settings;

    /** What the fan-out has to know of the settings, and can't read out of JSON for each event. */
    boolean ordered;

    @Column(name = "coalesce_ms")
    int coalesceMs;

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
        this.url = url;
        this.securityKey = sealedSecurityKey;
        this.eventSubscriptions =
                subscriptions.stream().map(EventType::toString).toArray(String[]::new);
        this.settings = settings.json();
        this.ordered = settings.known().ordered();
        this.coalesceMs = (int) settings.known().coalesce().toMillis();
        this.status = WebhookStatus.ACTIVE;
        this.createdAt = now;
        this.updatedAt = now;
    }

    /** Ends the webhook for good and forgets its secret. */
    void delete(Instant now) {
        status = WebhookStatus.DELETED;
        securityKey = null;
        updatedAt = now;
    }
}
