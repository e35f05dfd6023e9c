package io.playhook.delivery.circuit;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.platform.Database;
import io.playhook.webhook.WebhookChanges;

/**
 * The state of all circuits as all pods see it: the {@code circuits} table. Every transition is one statement that
 * applies only in the state it leads out of, so that of several pods exactly one makes it.
 */
@ApplicationScoped
public class Circuits {

    private static final String OPEN = """
            insert into circuits as c (webhook_id, state, since, open_until, hold_ms)
            values ($1, 'open', $2, $2::timestamptz + $3::bigint * interval '1 millisecond', $3)
            on conflict (webhook_id) do update
            set state = 'open', since = excluded.since, open_until = excluded.open_until, hold_ms = excluded.hold_ms
            where c.state = 'closed'
            """;

    private static final String TAKE_PROBE = """
            update circuits set state = 'half_open', since = $2, open_until = $3
            where webhook_id = $1 and state in ('open', 'half_open') and open_until <= $2
            """;

    private static final String GIVE_PROBE_BACK = """
            update circuits set state = 'open', open_until = $2
            where webhook_id = $1 and state = 'half_open'
            """;

    private static final String CLOSE = """
            update circuits
            set state = 'closed', since = $2, open_until = null, hold_ms = 0, failing_since = null, failures = 0
            where webhook_id = $1 and state = 'half_open'
            """;

    private static final String REOPEN = """
            update circuits
            set state = 'open', since = $2, hold_ms = least(hold_ms * 2, $3),
                open_until = $2::timestamptz + least(hold_ms * 2, $3) * interval '1 millisecond'
            where webhook_id = $1 and state = 'half_open'
            """;

    private static final String NOTE_FAILURES = """
            insert into circuits as c (webhook_id, state, since, failing_since, failures)
            values ($1, 'closed', $2, $2, $3)
            on conflict (webhook_id) do update
            set failing_since = coalesce(c.failing_since, excluded.failing_since), failures = c.failures + excluded.failures
            returning failures >= $4 and failing_since <= $5 as hopeless
            """;

    private static final String NOTE_SUCCESS = """
            update circuits set failing_since = null, failures = 0
            where webhook_id = $1 and failing_since is not null
            """;

    private final Database database;
    private final WebhookChanges changes;
    private final CircuitConfig config;

    Circuits(Database database, WebhookChanges changes, CircuitConfig config) {
        this.database = database;
        this.changes = changes;
        this.config = config;
    }

    /** Opens a closed circuit and tells all pods; does nothing if another pod was faster. */
    public Uni<Void> open(int webhookId, Instant now) {
        return transition(OPEN, Tuple.of(webhookId, utc(now), config.hold().toMillis()))
                .call(() -> changes.announce(webhookId))
                .replaceWithVoid();
    }

    /** Takes the right to send the single probe of a circuit whose hold is over; true for one pod only. */
    public Uni<Boolean> takeProbe(int webhookId, Instant now) {
        Instant until = now.plus(config.probeLease());
        return transition(TAKE_PROBE, Tuple.of(webhookId, utc(now), utc(until)));
    }

    /** Gives the right to probe back because nothing was sent; the next may go out at once. */
    public Uni<Void> giveProbeBack(int webhookId, Instant now) {
        return transition(GIVE_PROBE_BACK, Tuple.of(webhookId, utc(now))).replaceWithVoid();
    }

    /** Closes a circuit whose probe succeeded, and tells all pods. */
    public Uni<Void> close(int webhookId, Instant now) {
        return transition(CLOSE, Tuple.of(webhookId, utc(now)))
                .call(() -> changes.announce(webhookId))
                .replaceWithVoid();
    }

    /** Opens a circuit again whose probe failed, for twice as long as before. */
    public Uni<Void> reopen(int webhookId, Instant now) {
        return transition(REOPEN, Tuple.of(webhookId, utc(now), config.maxHold().toMillis()))
                .replaceWithVoid();
    }

    /** Counts failures that no success has followed; true if it is time to disable the webhook. */
    public Uni<Boolean> noteFailures(int webhookId, int failures, Instant now) {
        Instant hopelessSince = now.minus(config.disableAfter());
        Tuple parameters = Tuple.of(webhookId, utc(now), failures, config.disableAfterFailures(), utc(hopelessSince));
        return database.query(NOTE_FAILURES, parameters, row -> row.getBoolean("hopeless"))
                .map(rows -> rows.get(0));
    }

    /** Ends a streak of failures. */
    public Uni<Void> noteSuccess(int webhookId) {
        return transition(NOTE_SUCCESS, Tuple.of(webhookId)).replaceWithVoid();
    }

    private Uni<Boolean> transition(String sql, Tuple parameters) {
        return database.execute(sql, parameters).map(rows -> rows.rowCount() == 1);
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
