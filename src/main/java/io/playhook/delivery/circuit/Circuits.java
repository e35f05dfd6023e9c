package io.playhook.delivery.circuit;

import java.util.Collection;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.platform.database.Database;
import io.playhook.platform.database.ForDelivery;
import io.playhook.webhook.WebhookChanges;

/**
 * The state of all circuits as all pods see it: the {@code circuits} table. Every transition is one statement that
 * applies only in the state it leads out of, so that of several pods exactly one makes it, and what a probe says only if it
 * is the one that is out. Times are the database's.
 */
@ApplicationScoped
public class Circuits {

    private static final String OPEN = """
            insert into circuits as c (webhook_id, state, since, open_until, hold_ms, reason)
            values ($1, 'open', now(), now() + $2::bigint * interval '1 millisecond', $2, $3)
            on conflict (webhook_id) do update
            set state = 'open', since = excluded.since, open_until = excluded.open_until, hold_ms = excluded.hold_ms,
                reason = excluded.reason
            where c.state = 'closed'
            """;

    private static final String TAKE_PROBES = """
            with due as (
                select c.webhook_id
                from unnest($1::int[]) as wanted (webhook_id)
                cross join lateral (
                    select webhook_id from circuits
                    where webhook_id = wanted.webhook_id and state in ('open', 'half_open') and open_until <= now()
                    for update skip locked) c
                cross join lateral (
                    select from delivery_queue
                    where webhook_id = wanted.webhook_id and leased_by is null and due_at <= now()
                    limit 1) q
            )
            update circuits
            set state = 'half_open', since = now(), open_until = now() + $2::bigint * interval '1 millisecond',
                probe_id = gen_random_uuid(), reason = 'a delivery goes out to try the receiver'
            where webhook_id = any (array(select webhook_id from due))
            returning webhook_id, probe_id
            """;

    private static final String GIVE_PROBES_BACK = """
            update circuits
            set state = 'open', since = now(), open_until = now(), probe_id = null,
                reason = 'the delivery that was to try the receiver was not sent'
            where webhook_id = any ($1) and probe_id = any ($2)
            """;

    private static final String CLOSE = """
            update circuits
            set state = 'closed', since = now(), open_until = null, hold_ms = 0, failing_since = null, failures = 0,
                probe_id = null, reason = 'the receiver has recovered'
            where webhook_id = $1 and probe_id = $2
            """;

    private static final String REOPEN = """
            update circuits
            set state = 'open', since = now(), hold_ms = least(hold_ms * 2, $3), probe_id = null, reason = $4,
                open_until = now() + least(hold_ms * 2, $3) * interval '1 millisecond'
            where webhook_id = $1 and probe_id = $2
            """;

    private static final String NOTE_FAILURES = """
            insert into circuits as c (webhook_id, state, since, failing_since, failures)
            values ($1, 'closed', now(), now(), $2)
            on conflict (webhook_id) do update
            set failing_since = coalesce(c.failing_since, excluded.failing_since), failures = c.failures + excluded.failures
            returning failures >= $3 and failing_since <= now() - $4::bigint * interval '1 millisecond' as hopeless
            """;

    private static final String NOTE_SUCCESS = """
            update circuits set failing_since = null, failures = 0
            where webhook_id = $1 and failing_since is not null
            """;

    // Held for ever: whoever opens a circuit knows something that no probe tells. A probe that is out counts no more.
    private static final String FORCE_OPEN = """
            insert into circuits as c (webhook_id, state, since, open_until, reason)
            values ($1, 'open', now(), 'infinity', 'opened by hand')
            on conflict (webhook_id) do update
            set state = 'open', since = excluded.since, open_until = excluded.open_until, probe_id = null,
                reason = excluded.reason
            where c.open_until is distinct from 'infinity'
            """;

    private static final String FORCE_CLOSED = """
            update circuits
            set state = 'closed', since = now(), open_until = null, hold_ms = 0, failing_since = null, failures = 0,
                probe_id = null, reason = 'closed by hand'
            where webhook_id = $1 and state <> 'closed'
            """;

    private final Database database;
    private final WebhookChanges changes;
    private final CircuitConfig config;

    Circuits(@ForDelivery Database database, WebhookChanges changes, CircuitConfig config) {
        this.database = database;
        this.changes = changes;
        this.config = config;
    }

    /** Opens a closed circuit and tells all pods; does nothing if another pod was faster. */
    public Uni<Void> open(int webhookId, String reason) {
        return transition(OPEN, Tuple.of(webhookId, config.hold().toMillis(), reason))
                .call(() -> changes.announce(webhookId))
                .replaceWithVoid();
    }

    /**
     * Takes the right to send the single probe of each circuit whose hold is over, where there is something to send. Of
     * several pods one gets it; the probe's id says so.
     */
    public Uni<Map<Integer, UUID>> takeProbes(Collection<Integer> webhookIds) {
        Tuple parameters =
                Tuple.of(webhookIds.toArray(Integer[]::new), config.probeLease().toMillis());
        return database.query(TAKE_PROBES, parameters, Function.<Row>identity())
                .map(rows -> rows.stream()
                        .collect(
                                Collectors.toMap(row -> row.getInteger("webhook_id"), row -> row.getUUID("probe_id"))));
    }

    /** Gives the right to probe back because nothing was sent; the next may go out at once. */
    public Uni<Void> giveProbesBack(Map<Integer, UUID> probes) {
        Integer[] webhookIds = probes.keySet().toArray(Integer[]::new);
        UUID[] ids = probes.values().toArray(UUID[]::new);
        return transition(GIVE_PROBES_BACK, Tuple.of(webhookIds, ids)).replaceWithVoid();
    }

    /** Closes a circuit whose probe succeeded, and tells all pods; false if that probe is not the one that counts. */
    public Uni<Boolean> close(int webhookId, UUID probeId) {
        return transition(CLOSE, Tuple.of(webhookId, probeId)).call(() -> changes.announce(webhookId));
    }

    /** Opens a circuit again whose probe failed, for twice as long as before. */
    public Uni<Void> reopen(int webhookId, UUID probeId, String reason) {
        return transition(REOPEN, Tuple.of(webhookId, probeId, config.maxHold().toMillis(), reason))
                .replaceWithVoid();
    }

    /** Counts failures that no success has followed; true if it is time to disable the webhook. */
    public Uni<Boolean> noteFailures(int webhookId, int failures) {
        Tuple parameters = Tuple.of(
                webhookId,
                failures,
                config.disableAfterFailures(),
                config.disableAfter().toMillis());
        return database.query(NOTE_FAILURES, parameters, row -> row.getBoolean("hopeless"))
                .map(rows -> rows.get(0));
    }

    /** Ends a streak of failures. */
    public Uni<Void> noteSuccess(int webhookId) {
        return transition(NOTE_SUCCESS, Tuple.of(webhookId)).replaceWithVoid();
    }

    /** Opens or closes a circuit by hand, whatever its state, and tells all pods. What is open so stays open. */
    Uni<Void> force(int webhookId, boolean open) {
        return transition(open ? FORCE_OPEN : FORCE_CLOSED, Tuple.of(webhookId))
                .call(() -> changes.announce(webhookId))
                .replaceWithVoid();
    }

    private Uni<Boolean> transition(String sql, Tuple parameters) {
        return database.execute(sql, parameters).map(rows -> rows.rowCount() > 0);
    }
}
