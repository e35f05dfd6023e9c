package io.playhook.event;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.delivery.Delivery;
import io.playhook.delivery.EventPayload;
import io.playhook.delivery.Lease;
import io.playhook.delivery.queue.LeaseOffer;
import io.playhook.delivery.queue.Waiting;
import io.playhook.organization.AuthToken;
import io.playhook.organization.Scope;
import io.playhook.platform.database.Database;

/**
 * Accepts events: {@code events}, the {@code idempotency_keys} of single ones, and the first row of each delivery in
 * {@code delivery_queue}, which belongs to the delivery side from then on but must be born in the same statement.
 */
@ApplicationScoped
class EventStore {

    // What is leased must be known one by one, and is bounded. Of the rest there may be a thousand times as much.
    private static final String LEASED_AND_COUNTED = """
            select event_id, webhook_id, version, troubled, turn_of, leased_until,
                   null::bigint as waiting, null::int as hold_ms, null::boolean as left_out, takes_turns,
                   null::boolean as authorized
            from all_of_them where leased_until is not null
            union all
            select event_id, webhook_id, null, null, null, null, count(*), max(coalesce_ms), bool_or(left_out),
                   bool_or(takes_turns), null
            from all_of_them where leased_until is null
            group by grouping sets ((event_id), (webhook_id))
            """;

    // What fits is judged by an event's place among those of its organization, be it for a webhook that wants few
    // of them: to count each webhook's own would take a sort, of one row too.
    //
    // Repeatable: an event that is there already is left alone, with its deliveries. Deliveries that take turns go by a
    // function: what it sees must be newer than this statement, once it has the lock.
    //
    // Who may publish is asked by the statement that accepts: a token that was revoked before is of no use.
    //
    // A player is made fit for filters once, and only where there are any. An organization's event is heard by its own
    // webhooks, and by those of the organizations above, which are few or none.
    //
    // Keys are taken in their order, so that two statements never wait for each other; of two that are the same the
    // second is refused, as where the key is held already.
    static final String ACCEPT = """
            with offered as (
                select * from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[],
                                     $15::text[], $16::bytea[], $17::int[])
                    as offered (id, organization_id, type, player_uuid, player, occurred_at, trace_parent, key, fingerprint,
                                token)
            ), authorized as (
                select shown.number from unnest($18::bytea[], $19::int[]) with ordinality
                    as shown (token_hash, organization_id, number)
                cross join lateral (
                    select organization_id, scopes from auth_tokens
                    where token_hash = shown.token_hash and %s
                    limit 1) t
                where t.organization_id = shown.organization_id and '%s' = any (t.scopes)
            ), incoming as (
                select * from offered where token = any (array(select number from authorized))
            ), reserved as (
                insert into idempotency_keys (organization_id, key, event_id, fingerprint, created_at)
                select organization_id, key, id, fingerprint, now() from incoming where key is not null
                order by organization_id, key
                on conflict do nothing
                returning event_id
            ), accepted as (
                insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at, trace_parent)
                select id, organization_id, type, player_uuid, player, occurred_at, now(), trace_parent from incoming
                where key is null or id = any (array(select event_id from reserved))
                on conflict do nothing
                returning id, organization_id, type, player_uuid, octet_length(player) as bytes
            ), numbered as (
                select *, array_position($1, id) as position from accepted
            ), heard as (
                select numbered.*, organization_id as heard_by from numbered
                union all
                select numbered.*, above.organization_id
                from unnest($20::int[], $21::int[]) as above (below, organization_id)
                join numbered on numbered.organization_id = above.below
            ), subscribed as (
                select e.id as event_id, e.position, w.organization_id, e.type, e.player_uuid, e.bytes,
                       w.id as webhook_id, w.version, w.ordered, w.coalesce_ms,
                       w.ordered or w.coalesce_ms > 0 as takes_turns,
                       c.failing_since is not null as troubled,
                       w.status = 'active' and (c.state is null or c.state = 'closed') as may_be_sent,
                       ($14::int[])[e.position] <= coalesce(($11::int[])[array_position($10::int[], w.id)], $12) as fits
                from heard e
                left join lateral (
                    select filterable(($5::text[])[e.position]) as player
                    where exists (select from webhooks where organization_id = e.heard_by and filter is not null)
                    offset 0) f on true
                cross join lateral (
                    select * from webhooks
                    where organization_id = e.heard_by and status in ('active', 'paused')
                      and e.type = any (event_subscriptions) and passes(f.player, filter)
                    offset 0) w
                left join lateral (select * from circuits where webhook_id = w.id limit 1) c on true
            ), recipients as (
                select *, case when may_be_sent and fits and before + 1 <= $13 then $8::uuid end as leased_by
                from (select *, count(*) filter (where may_be_sent and fits)
                                    over (rows between unbounded preceding and 1 preceding) as before
                      from subscribed) s
            ), queued as (
                insert into delivery_queue (event_id, webhook_id, organization_id, type, player_uuid, bytes, due_at,
                                            accepted_at, leased_by, leased_until)
                select event_id, webhook_id, organization_id, type, player_uuid, bytes, now(), now(), leased_by,
                       case when leased_by is not null then now() + $9::bigint * interval '1 millisecond' end
                from recipients where not takes_turns
            ), all_of_them as (
                select event_id, webhook_id, version, troubled, takes_turns, 0 as coalesce_ms, null as turn_of,
                       case when leased_by is not null then now() + $9::bigint * interval '1 millisecond' end
                           as leased_until,
                       may_be_sent and leased_by is null as left_out
                from recipients where not takes_turns
                union all
                select event_id, webhook_id, version, troubled, takes_turns, coalesce_ms, player_uuid,
                       take_turn(event_id, webhook_id, organization_id, type, player_uuid, bytes,
                                 ordered, coalesce_ms, leased_by, $9::bigint),
                       may_be_sent and leased_by is null
                from (select * from recipients where takes_turns
                      order by webhook_id, turn_bucket(player_uuid), position) in_order_of_locks
            )
            """.formatted(AuthToken.IS_VALID, Scope.EVENTS_WRITE) + LEASED_AND_COUNTED + """
            union all
            select id, null, null, null, null, null, null, null, null, null, true
            from incoming where key is not null and id <> all (array(select event_id from reserved))
            union all
            select id, null, null, null, null, null, null, null, null, null, false
            from offered where token <> all (array(select number from authorized))
            """;

    private static final String KNOWN = "select id from events where id = any ($1)";

    // After a repeat: deliveries that are still open, and settled ones to be counted.
    static final String ACCEPTED = """
            with all_of_them as (
                select e.id as event_id, w.id as webhook_id, w.version, w.coalesce_ms,
                       case when q.position is not null then q.player_uuid end as turn_of,
                       c.failing_since is not null as troubled,
                       q.position is not null as takes_turns,
                       case when q.leased_by = $2 then q.leased_until end as leased_until,
                       coalesce(q.leased_by is null and q.due_at <= now(), false) as left_out
                from unnest($1::uuid[]) as wanted (id)
                cross join lateral (select * from events where id = wanted.id limit 1) e
                cross join lateral (select * from webhooks where organization_id = any ($3::int[]) offset 0) w
                left join lateral (select * from delivery_queue where webhook_id = w.id and event_id = e.id limit 1) q
                    on true
                left join lateral (select * from circuits where webhook_id = w.id limit 1) c on true
                left join lateral (
                    select event_id from deliveries where webhook_id = w.id and event_id = e.id limit 1) settled on true
                where q.event_id is not null or settled.event_id is not null
            )
            """ + LEASED_AND_COUNTED;

    private final Database database;

    EventStore(Database database) {
        this.database = database;
    }

    /**
     * What became of events.
     *
     * @param leased the deliveries that this pod is to send
     * @param waiting the others
     * @param deliveries how many there are of both, for each event that has any
     * @param inTurns the events of which any takes turns
     * @param taken the events that were not accepted, because their idempotency key is taken
     * @param unauthorized the events that were not accepted, because their token may not publish them, or not any more
     */
    record Accepted(
            List<Delivery> leased,
            List<Waiting> waiting,
            Map<UUID, Integer> deliveries,
            Set<UUID> inTurns,
            Set<UUID> taken,
            Set<UUID> unauthorized) {

        boolean isRefused(UUID eventId) {
            return taken.contains(eventId) || unauthorized.contains(eventId);
        }

        int deliveriesOf(UUID eventId) {
            return deliveries.getOrDefault(eventId, 0);
        }
    }

    /** Runs {@code work} in one transaction. */
    <T> Uni<T> inTransaction(Function<SqlConnection, Uni<T>> work) {
        return database.inTransaction(work);
    }

    /** Accepts publications with all their deliveries in a transaction of its own. */
    Uni<Accepted> accept(List<Publication> publications, LeaseOffer lease) {
        List<PlayerEvent> events = publications.stream()
                .flatMap(publication -> publication.events().stream())
                .toList();
        return database.execute(ACCEPT, EventColumns.of(publications, lease))
                .map(rows -> accepted(rows, events, lease));
    }

    /** Accepts a publication once more, whose first try may have been committed. */
    Uni<Accepted> acceptAgain(Publication publication, LeaseOffer lease) {
        return accept(List.of(publication), lease).chain(accepted -> withoutKnown(accepted, database.pool()));
    }

    /** Accepts events with all their deliveries in a transaction that is open, and holds their keys. */
    Uni<Accepted> accept(SqlConnection transaction, Publication publication, LeaseOffer lease) {
        if (publication.events().isEmpty()) {
            return Uni.createFrom().item(new Accepted(List.of(), List.of(), Map.of(), Set.of(), Set.of(), Set.of()));
        }
        return Database.execute(transaction, ACCEPT, EventColumns.of(List.of(publication), lease))
                .map(rows -> accepted(rows, publication.events(), lease))
                .chain(accepted -> withoutKnown(accepted, transaction));
    }

    /**
     * An event that was accepted already, by a try whose answer was lost, is not refused for its token's sake. ListRequest by
     * itself: within the statement that accepts, it would have that lock each partition, each time. Not after a first try,
     * for that may be committed when this fails.
     */
    private static Uni<Accepted> withoutKnown(Accepted accepted, SqlClient connection) {
        if (accepted.unauthorized().isEmpty()) {
            return Uni.createFrom().item(accepted);
        }
        return Database.execute(
                        connection, KNOWN, Tuple.of(accepted.unauthorized().toArray(UUID[]::new)))
                .invoke(rows -> rows.forEach(row -> accepted.unauthorized().remove(row.getUUID("id"))))
                .replaceWith(accepted);
    }

    /** The deliveries of events that were accepted before, as {@link #accept} gave or would have given them. */
    Uni<Accepted> accepted(Publication publication, LeaseOffer lease) {
        List<PlayerEvent> events = publication.events();
        Tuple parameters = Tuple.of(events.stream().map(PlayerEvent::id).toArray(UUID[]::new))
                .addValue(lease.pod())
                .addValue(publication.organizations());
        return database.execute(ACCEPTED, parameters).map(rows -> accepted(rows, events, lease));
    }

    private static Accepted accepted(RowSet<Row> rows, List<PlayerEvent> events, LeaseOffer lease) {
        Map<UUID, EventPayload> payloads =
                events.stream().collect(Collectors.toMap(PlayerEvent::id, EventStore::payload));
        List<Delivery> leased = new ArrayList<>();
        List<Waiting> waiting = new ArrayList<>();
        Map<UUID, Integer> deliveries = new HashMap<>();
        Set<UUID> inTurns = new HashSet<>();
        Set<UUID> taken = new HashSet<>();
        Set<UUID> unauthorized = new HashSet<>();
        for (Row row : rows) {
            UUID eventId = row.getUUID("event_id");
            Boolean authorized = row.getBoolean("authorized");
            if (authorized != null) {
                (authorized ? taken : unauthorized).add(eventId);
                continue;
            }
            if (eventId != null && row.getBoolean("takes_turns")) {
                inTurns.add(eventId);
            }
            if (row.getOffsetDateTime("leased_until") != null) {
                leased.add(delivery(row, payloads.get(eventId), lease));
                deliveries.merge(eventId, 1, Integer::sum);
            } else if (eventId != null) {
                deliveries.merge(eventId, row.getLong("waiting").intValue(), Integer::sum);
            } else {
                waiting.add(new Waiting(
                        row.getInteger("webhook_id"),
                        Duration.ofMillis(row.getInteger("hold_ms")),
                        row.getBoolean("left_out")));
            }
        }
        return new Accepted(leased, waiting, deliveries, inTurns, taken, unauthorized);
    }

    private static Delivery delivery(Row row, EventPayload event, LeaseOffer offer) {
        return new Delivery(
                event,
                row.getInteger("webhook_id"),
                row.getInteger("version"),
                0,
                null,
                row.getBoolean("troubled"),
                row.getString("turn_of"),
                new Lease(row.getOffsetDateTime("leased_until"), offer.madeAt()));
    }

    private static EventPayload payload(PlayerEvent event) {
        return new EventPayload(
                event.id(),
                event.organizationId(),
                event.type(),
                event.player(),
                event.occurredAt(),
                event.traceParent());
    }
}
