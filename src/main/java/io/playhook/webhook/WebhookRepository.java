package io.playhook.webhook;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;

import io.quarkus.hibernate.reactive.panache.PanacheRepositoryBase;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.platform.database.Database;
import io.playhook.platform.database.ForDelivery;

/** The {@code webhooks} table. */
@ApplicationScoped
class WebhookRepository implements PanacheRepositoryBase<Webhook, Integer> {

    private static final String SENDABLE = """
            select id, organization_id, version, url, security_key, former_keys, settings
            from webhooks
            where id = any ($1) and security_key is not null
            """;

    private static final String DISABLE = """
            update webhooks
            set status = 'disabled', status_reason = $2, updated_at = $3, version = version + 1
            where id = $1 and status in ('active', 'paused')
            """;

    // A literal and no parameter: the index holds for it alone.
    private static final String NOT_DELETED = "status <> io.playhook.webhook.WebhookStatus.DELETED";

    private final Database database;

    WebhookRepository(@ForDelivery Database database) {
        this.database = database;
    }

    /** What sending needs of a webhook, its security key still sealed. */
    record Sendable(
            int id,
            int organizationId,
            int version,
            String url,
            String sealedSecurityKey,
            List<FormerKey.Sealed> formerKeys,
            String settings) {}

    /**
     * The webhook with this id, if it is the organization's and not deleted; else null. It is held until the transaction ends:
     * nobody else changes it meanwhile.
     */
    Uni<Webhook> findToChange(int organizationId, int id) {
        return find("id = ?1 and organizationId = ?2 and " + NOT_DELETED, id, organizationId)
                .withLock(LockModeType.PESSIMISTIC_WRITE)
                .firstResult();
    }

    /** How many webhooks an organization has. */
    Uni<Long> countOf(int organizationId) {
        return count("organizationId = ?1 and " + NOT_DELETED, organizationId);
    }

    /** The webhooks with these ids, without those that are deleted; read without an ORM session, for the senders. */
    Uni<List<Sendable>> findSendable(Collection<Integer> ids) {
        return database.query(SENDABLE, Tuple.of(ids.toArray(Integer[]::new)), WebhookRepository::sendable);
    }

    /** Disables a webhook that is not disabled or deleted already. */
    Uni<Boolean> disable(int id, String reason, Instant now) {
        return database.execute(DISABLE, Tuple.of(id, reason, now.atOffset(ZoneOffset.UTC)))
                .map(rows -> rows.rowCount() == 1);
    }

    private static Sendable sendable(Row row) {
        return new Sendable(
                row.getInteger("id"),
                row.getInteger("organization_id"),
                row.getInteger("version"),
                row.getString("url"),
                row.getString("security_key"),
                Arrays.stream(row.getArrayOfStrings("former_keys"))
                        .map(FormerKey.Sealed::parse)
                        .toList(),
                row.getString("settings"));
    }
}
