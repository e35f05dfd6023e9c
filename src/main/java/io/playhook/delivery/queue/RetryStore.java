package io.playhook.delivery.queue;

import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.platform.database.Database;
import io.playhook.platform.problem.Problem;
import io.playhook.webhook.WebhookChanges;

/** Has a delivery go out now because somebody asks, whatever became of it. */
@ApplicationScoped
public class RetryStore {

    private static final String OBSTACLES = """
            select w.status, e.player is not null as has_content
            from webhooks w left join lateral (select player from events where id = $2 limit 1) e on true
            where w.id = $1
            """;

    // One that is open is made due, unless it is on its way. One that is settled is opened again: its last attempt
    // joins the others, and the next has the number behind it. Nothing leaves the history that can't be sent.
    private static final String RETRY = """
            with content as (
                select octet_length(player) as bytes from events where id = $2 and player is not null
            ), hastened as (
                update delivery_queue set due_at = now()
                where webhook_id = $1 and event_id = $2 and leased_by is null and due_at > now()
            ), gone as (
                delete from deliveries where webhook_id = $1 and event_id = $2 and (select bytes from content) is not null
                returning *
            ), kept as (
                insert into attempts (event_id, webhook_id, number, started_at, duration_ms, outcome, status_code, reason,
                                      response_body, organization_id, tx)
                select event_id, webhook_id, attempts, last_started_at, last_duration_ms, last_outcome, last_status_code,
                       last_reason, last_response_body, organization_id, tx
                from gone where last_started_at is not null
                on conflict do nothing
            )
            insert into delivery_queue (event_id, webhook_id, organization_id, type, player_uuid, bytes, attempts, due_at,
                                        accepted_at)
            select event_id, webhook_id, organization_id, type, player_uuid, (select bytes from content), attempts, now(),
                   accepted_at
            from gone
            """;

    private final Database database;
    private final WebhookChanges changes;

    RetryStore(Database database, WebhookChanges changes) {
        this.database = database;
        this.changes = changes;
    }

    /** Fails with a 400 {@link Problem} where it can't go out: its webhook has ended, or its content is gone. */
    public Uni<Void> retry(UUID eventId, int webhookId) {
        return database.query(OBSTACLES, Tuple.of(webhookId, eventId), row -> row)
                .invoke(RetryStore::check)
                .chain(() -> database.execute(RETRY, Tuple.of(webhookId, eventId)))
                .chain(() -> changes.announceWaiting(List.of(webhookId)));
    }

    private static void check(List<Row> webhooks) {
        Row webhook = webhooks.get(0);
        switch (webhook.getString("status")) {
            case "deleted" -> throw Problem.badRequest("The webhook was deleted.");
            case "disabled" -> throw Problem.badRequest("The webhook is disabled: resume it first.");
            default -> {
                if (!webhook.getBoolean("has_content")) {
                    throw Problem.badRequest("The event's content was erased: there is nothing to send.");
                }
            }
        }
    }
}
