package io.playhook.history;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.delivery.Delivery;
import io.playhook.delivery.DeliveryConfig;
import io.playhook.history.DeliveryFacts.Open;
import io.playhook.history.DeliveryView.AttemptView;
import io.playhook.platform.database.Reads;
import io.playhook.webhook.Settings;

import static io.playhook.platform.database.Reads.time;

/** Reads one delivery, with its attempts and what holds it back. */
@ApplicationScoped
class DeliveryDetailRepository {

    /** Up to how many others are counted. */
    static final int COUNTED = 1_000;

    // An id has 96 bits of the event's: it names an event, and with it a webhook.
    private static final String EVENTS =
            """
            (select event_id from delivery_queue%s limit 1)
            union all
            (select event_id from deliveries
             where organization_id = $1 and organization_id > 0 and event_id between $2 and $3 limit 1)
            """.formatted(DeliverySql.queueBetween("$1", "$2", "$3", Integer.toString(Integer.MAX_VALUE)));

    // How many of its webhook stand before it: those that pods hold, in the order in which they were leased.
    private static final String OPEN = """
            select q.event_id, q.webhook_id, q.organization_id, q.type, q.player_uuid, 'waiting' as status, null as reason,
                   q.attempts, case when q.leased_by is null and isfinite(q.due_at) then q.due_at end as next_attempt_at,
                   q.accepted_at, null::timestamptz as settled_at,
                   coalesce(q.leased_until > now(), false) as is_held, case when isfinite(q.due_at) then q.due_at end as due_at,
                   (select count(*) from (
                        select from delivery_queue
                        where leased_by is not null and leased_until > now() and webhook_id = q.webhook_id
                          and (q.leased_until is null or q.leased_until <= now()
                               or (leased_until, due_at, event_id) < (q.leased_until, q.due_at, q.event_id))
                        limit $3) others)
                   + case when q.leased_by is null then (
                       select count(*) from (
                           select from delivery_queue
                           where webhook_id = q.webhook_id and leased_by is null and due_at < q.due_at and due_at <= now()
                           limit $3) others) else 0 end as before,
                   case when q.position is not null then (
                       select event_id from delivery_queue
                       where webhook_id = q.webhook_id and player_uuid = q.player_uuid and position < q.position
                       order by position limit 1) end as behind,
                   coalesce(q.replayed_after, 0) as replayed_after,
                   case when q.attempts = q.replayed_after then q.replay_id end as replay_id
            from delivery_queue q
            where q.webhook_id = $1 and q.event_id = $2
            """;

    private static final String SETTLED = """
            select event_id, webhook_id, organization_id, type, player_uuid, status, reason, attempts,
                   null::timestamptz as next_attempt_at, accepted_at, settled_at,
                   false, null::timestamptz, 0, null::uuid, 0, null::integer
            from deliveries
            where webhook_id = $1 and event_id = $2
            """;

    private static final String ONE = """
            with it as (%s union all %s)
            select it.*, now() as now, w.status as webhook_status, w.status_reason as webhook_reason, w.settings,
                   coalesce(c.state, 'closed') as circuit_state,
                   case when isfinite(c.open_until) then c.open_until end as circuit_open_until
            from it
            join webhooks w on w.id = $1 and w.organization_id = $4
            left join circuits c on c.webhook_id = $1
            limit 1
            """.formatted(OPEN, SETTLED);

    private static final String ATTEMPTS = """
            select number, started_at, duration_ms, outcome, status_code, reason, response_body
            from all_attempts where event_id = $1 and webhook_id = $2 order by number
            """;

    private final Reads reads;
    private final DeliveryConfig config;

    DeliveryDetailRepository(Reads reads, DeliveryConfig config) {
        this.reads = reads;
        this.config = config;
    }

    /** An event and a webhook, which make up a delivery. */
    record Key(UUID eventId, int webhookId) {}

    /** What a delivery's id stands for; empty if the organization has no such delivery. */
    Uni<Optional<Key>> find(int organizationId, UUID deliveryId) {
        long high = deliveryId.getMostSignificantBits();
        long low = deliveryId.getLeastSignificantBits();
        UUID first = new UUID(high, low & 0xffff_ffff_0000_0000L);
        UUID last = new UUID(high, low | 0xffff_ffffL);
        return reads.query(EVENTS, Tuple.of(organizationId, first, last), row -> row.getUUID("event_id"))
                .map(events -> events.stream()
                        .map(event -> new Key(event, Delivery.webhookId(deliveryId, event)))
                        .findFirst());
    }

    /** A delivery with its attempts; empty if the organization has none such. */
    Uni<Optional<DeliveryView>> show(int organizationId, Key key) {
        // Attempts first: what is made between the two questions is missing then, and never one that is told of.
        return reads.query(ATTEMPTS, Tuple.of(key.eventId(), key.webhookId()), DeliveryDetailRepository::attempt)
                .chain(attempts -> reads.query(
                        ONE,
                        Tuple.of(key.webhookId(), key.eventId(), COUNTED, organizationId),
                        row -> shown(row, attempts)))
                .map(found -> found.stream().findFirst());
    }

    private DeliveryView shown(Row row, List<AttemptView> attempts) {
        DeliveryView view = DeliverySql.view(row);
        return view.with(Why.of(view, facts(row, attempts)), attempts);
    }

    private DeliveryFacts facts(Row row, List<AttemptView> attempts) {
        Settings settings = Settings.read(row.getString("settings"));
        Optional<AttemptView> last =
                attempts.isEmpty() ? Optional.empty() : Optional.of(attempts.get(attempts.size() - 1));
        return new DeliveryFacts(
                time(row, "now"),
                row.getInteger("replayed_after")
                        + settings.retrySchedule()
                                .orElse(config.retrySchedule())
                                .size()
                        + 1,
                last.map(AttemptView::reason),
                last.map(AttemptView::statusCode),
                row.getString("webhook_status"),
                Optional.ofNullable(row.getString("webhook_reason")),
                row.getString("circuit_state"),
                Optional.ofNullable(time(row, "circuit_open_until")),
                settings.maxConcurrency(),
                settings.rateLimit().stream().boxed().findFirst(),
                row.getString("status").equals("waiting") ? Optional.of(open(row)) : Optional.empty());
    }

    private static Open open(Row row) {
        return new Open(
                row.getBoolean("is_held"),
                row.getLong("before").intValue(),
                Optional.ofNullable(time(row, "due_at")),
                Optional.ofNullable(row.getUUID("behind")),
                Optional.ofNullable(row.getInteger("replay_id")));
    }

    private static AttemptView attempt(Row row) {
        Buffer body = row.getBuffer("response_body");
        return new AttemptView(
                row.getInteger("number"),
                time(row, "started_at"),
                row.getInteger("duration_ms"),
                row.getString("outcome"),
                row.getInteger("status_code"),
                row.getString("reason"),
                body == null || body.length() == 0 ? null : new String(body.getBytes(), StandardCharsets.UTF_8));
    }
}
