package io.playhook.replay;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.platform.database.Database;
import io.playhook.replay.Replay.Place;
import io.playhook.replay.Replay.Progress;
import io.playhook.replay.Replay.Stage;
import io.playhook.webhook.Settings;

/**
 * Takes running replays further. What a replay does stands in one transaction with how far it has come, so that whoever goes on
 * with it opens nothing twice and leaves nothing out.
 */
@ApplicationScoped
class ReplayStore {

    /** How many rows a step may look at. */
    static final int LOOKED_AT = 1_000;

    private static final String RUNNING = "select id from replays where status = 'running' limit 10000";

    // Nobody waits for the commit of a step: were it lost, the step would be made again, and what goes out of it is
    // recorded by commits that come behind it.
    private static final String LOCK = """
            select set_config('synchronous_commit', 'off', true) from replays
            where id = $1 and status = 'running'
            for update skip locked
            """;

    // By itself, so that it sees what the step before has opened. Ids have the time of their pod's clock, which may be
    // off: the walk begins and ends an hour further out.
    private static final String READ = """
            select r.id, r.organization_id, coalesce(r.feed_of, r.organization_id) as feed_of, r.webhook_id, r.is_for_missing, r.statuses, r.types, r.since, r.until, r.rate_limit,
                   r.total, r.opened, r.stage, r.after_event, r.after_tx::text as after_tx, r.after_id,
                   r.feed_start::text as feed_start, r.feed_end::text as feed_end,
                   first_id(greatest(r.since - interval '1 hour', 'epoch')) as first_event,
                   first_id(r.until + interval '1 hour') as last_event,
                   extract(epoch from now() - r.paced_at)::float8 as idle,
                   pg_snapshot_xmin(pg_current_snapshot()) >= r.feed_end as is_final,
                   case when r.stage = 'missing' then (
                       select descendant_id from descendants
                       where organization_id = r.organization_id
                         and descendant_id > coalesce(r.feed_of, 0)
                       order by descendant_id limit 1) end as next_feed_of,
                   w.status as webhook_status, w.settings, w.event_subscriptions,
                   (select count(*) from delivery_queue
                    where replay_id = $1 and replay_id is not null and attempts = replayed_after) as untried
            from replays r
            cross join lateral (select * from webhooks where id = r.webhook_id limit 1) w
            where r.id = $1
            """;

    // Nothing leaves the history that can't be sent. Where as many were found as are wanted, the next step goes on
    // behind the last of them, else behind all that was looked at.
    private static final String SETTLED = """
            with looked as materialized (
                select event_id, status, type, accepted_at from deliveries
                where webhook_id = $1 and event_id > $2 and event_id < $3
                order by event_id limit %1$d
            ), wanted as materialized (
                select event_id from looked
                where status = any ($4::text[]) and ($5::text[] is null or type = any ($5)) and accepted_at >= $6 and accepted_at < $7
                  and (select true from events where id = looked.event_id and player is not null limit 1)
                order by event_id limit $8
            ), reached as (
                (select event_id from wanted where (select count(*) from wanted) = $8 order by event_id desc limit 1)
                union all
                (select event_id from looked where (select count(*) from wanted) < $8 order by event_id desc limit 1)
            )%%s
            select (select count(*) from %%s) as found, (select event_id from reached) as after_event,
                   null as after_tx, null::uuid as after_id,
                   (select count(*) from looked) < %1$d and (select count(*) from wanted) < $8 as is_end
            """.formatted(LOOKED_AT);

    private static final String COUNT_SETTLED = SETTLED.formatted("", "wanted");

    // The last attempt joins the others, and the next has the number behind it. What a retry by hand has taken
    // meanwhile
    // is not there any more, and does not count.
    private static final String OPEN_SETTLED = SETTLED.formatted("""
            , gone as (
                delete from deliveries where webhook_id = $1 and event_id = any (array(select event_id from wanted))
                returning *
            ), kept as (
                insert into attempts (event_id, webhook_id, number, started_at, duration_ms, outcome, status_code, reason,
                                      response_body, organization_id, tx)
                select event_id, webhook_id, attempts, last_started_at, last_duration_ms, last_outcome, last_status_code,
                       last_reason, last_response_body, organization_id, tx
                from gone where last_started_at is not null
                on conflict do nothing
            ), opened as (
                insert into delivery_queue (event_id, webhook_id, organization_id, type, player_uuid, bytes, attempts, due_at,
                                            accepted_at, replay_id, replayed_after)
                select event_id, webhook_id, organization_id, type, player_uuid,
                       (select octet_length(player) from events where id = gone.event_id limit 1), attempts, now(), accepted_at,
                       $9, attempts
                from gone
            )""", "gone");

    // No joins, for which the planner may read the whole of a table.
    private static final String MISSING = """
            with looked as materialized (
                select id, tx, type, player_uuid, accepted_at, player from events
                where organization_id = $1 and (tx, id) > ($2::text::xid8, $3) and tx < $4::text::xid8
                order by tx, id limit %1$d
            ), wanted as materialized (
                select * from looked
                where player is not null and type = any ($5::text[]) and accepted_at >= $6 and accepted_at < $7
                  and (select true from deliveries where webhook_id = $8 and event_id = looked.id limit 1) is null
                  and (select true from delivery_queue where webhook_id = $8 and event_id = looked.id limit 1) is null
                  and case when is_operational(type) then player::jsonb #>> '{webhook,webhook_id}' <> ($8::int)::text
                           else $10::text is null or passes(filterable(player), $10::text::jsonpath) end
                order by tx, id limit $9
            ), reached as (
                (select tx, id from wanted where (select count(*) from wanted) = $9 order by tx desc, id desc limit 1)
                union all
                (select tx, id from looked where (select count(*) from wanted) < $9 order by tx desc, id desc limit 1)
            )%%s
            select (select count(*) from wanted) as found, null::uuid as after_event,
                   (select tx::text from reached) as after_tx, (select id from reached) as after_id,
                   (select count(*) from wanted) < $9
                   and ((select count(*) from looked) < %1$d
                        or (select min(accepted_at) from looked) > $7::timestamptz + interval '2 minutes') as is_end
            """.formatted(LOOKED_AT);

    private static final String COUNT_MISSING = MISSING.formatted("");

    private static final String OPEN_MISSING = MISSING.formatted("""
            , opened as (
                insert into delivery_queue (event_id, webhook_id, organization_id, type, player_uuid, bytes, due_at, accepted_at,
                                            replay_id, replayed_after)
                select id, $8, $12, type, player_uuid, octet_length(player), now(), accepted_at, $11, 0
                from wanted
            )""");

    private static final String SAVE = """
            update replays
            set status = $2, stage = $3, after_event = $4, after_tx = $5::text::xid8, after_id = $6, opened = $7, total = $8,
                feed_of = $10, paced_at = now() - $9::float8 * interval '1 second',
                finished_at = case when $2 <> 'running' then now() end
            where id = $1
            """;

    private final Database database;

    ReplayStore(Database database) {
        this.database = database;
    }

    /** The replays that run. */
    Uni<List<Integer>> running() {
        return database.query(RUNNING, Tuple.tuple(), row -> row.getInteger("id"));
    }

    /** Takes a replay one step further; empty if another pod is at it, or it runs no more. */
    Uni<Optional<Replay.Step>> advance(int id) {
        return database.inTransaction(transaction -> Database.execute(transaction, LOCK, Tuple.of(id))
                .chain(locked -> locked.size() == 0
                        ? Uni.createFrom().item(Optional.empty())
                        : Database.execute(transaction, READ, Tuple.of(id))
                                .map(rows -> replay(rows.iterator().next()))
                                .chain(replay -> advance(transaction, replay))
                                .map(Optional::of)));
    }

    private static Uni<Replay.Step> advance(SqlConnection transaction, Replay replay) {
        int wanted = replay.wanted();
        Uni<Progress> found = wanted == 0
                ? Uni.createFrom().item(Progress.NONE)
                : look(transaction, replay, wanted).map(ReplayStore::progress);
        return found.map(replay::after)
                .call(step -> step.isChange()
                        ? save(transaction, step.replay())
                        : Uni.createFrom().voidItem());
    }

    private static Uni<Row> look(SqlConnection transaction, Replay replay, int wanted) {
        Tuple parameters;
        String sql;
        if (replay.stage() == Stage.SETTLED) {
            sql = replay.isCounting() ? COUNT_SETTLED : OPEN_SETTLED;
            parameters = Tuple.tuple()
                    .addInteger(replay.webhookId())
                    .addUUID(replay.place().afterEvent())
                    .addUUID(replay.lastEvent())
                    .addArrayOfString(replay.statuses())
                    .addArrayOfString(replay.types().orElse(null))
                    .addValue(replay.since())
                    .addValue(replay.until())
                    .addInteger(wanted);
        } else {
            sql = replay.isCounting() ? COUNT_MISSING : OPEN_MISSING;
            parameters = Tuple.tuple()
                    .addInteger(replay.place().feedOf())
                    .addString(replay.place().afterTx())
                    .addUUID(replay.place().afterId())
                    .addString(replay.feedEnd())
                    .addArrayOfString(replay.wantedTypes())
                    .addValue(replay.since())
                    .addValue(replay.until())
                    .addInteger(replay.webhookId())
                    .addInteger(wanted)
                    .addString(replay.circumstances().filter().orElse(null));
        }
        if (!replay.isCounting()) {
            parameters.addInteger(replay.id());
            if (replay.stage() == Stage.MISSING) {
                parameters.addInteger(replay.organizationId());
            }
        }
        return Database.execute(transaction, sql, parameters)
                .map(rows -> rows.iterator().next());
    }

    private static Progress progress(Row row) {
        return new Progress(
                row.getLong("found").intValue(),
                row.getBoolean("is_end"),
                Optional.ofNullable(row.getUUID("after_event")),
                Optional.ofNullable(row.getString("after_tx")),
                Optional.ofNullable(row.getUUID("after_id")));
    }

    private static Uni<Void> save(SqlConnection transaction, Replay replay) {
        return Database.execute(
                        transaction,
                        SAVE,
                        Tuple.tuple()
                                .addInteger(replay.id())
                                .addString(replay.status())
                                .addString(replay.stage().toString())
                                .addUUID(replay.place().afterEvent())
                                .addString(replay.place().afterTx())
                                .addUUID(replay.place().afterId())
                                .addInteger(replay.opened())
                                .addInteger(replay.total().orElse(null))
                                .addDouble(replay.idleSeconds())
                                .addInteger(replay.place().feedOf()))
                .replaceWithVoid();
    }

    private static Replay replay(Row row) {
        Settings settings = Settings.read(row.getString("settings"));
        Double ownRate = row.getDouble("rate_limit");
        Set<String> subscriptions = Set.copyOf(Arrays.asList(row.getArrayOfStrings("event_subscriptions")));
        return new Replay(
                row.getInteger("id"),
                row.getInteger("organization_id"),
                row.getInteger("webhook_id"),
                "running",
                row.getArrayOfStrings("statuses"),
                row.getBoolean("is_for_missing"),
                Optional.ofNullable(row.getArrayOfStrings("types")),
                row.getOffsetDateTime("since"),
                row.getOffsetDateTime("until"),
                row.getString("feed_start"),
                row.getString("feed_end"),
                row.getUUID("first_event"),
                row.getUUID("last_event"),
                new Place(
                        Stage.of(row.getString("stage")),
                        row.getUUID("after_event"),
                        row.getInteger("feed_of"),
                        row.getString("after_tx"),
                        row.getUUID("after_id")),
                Optional.ofNullable(row.getInteger("total")),
                row.getInteger("opened"),
                row.getDouble("idle"),
                new Replay.Circumstances(
                        row.getString("webhook_status"),
                        subscriptions,
                        settings.maxConcurrency(),
                        settings.ordered(),
                        settings.rateLimit(),
                        ownRate == null ? OptionalDouble.empty() : OptionalDouble.of(ownRate),
                        settings.filter(),
                        row.getBoolean("is_final"),
                        Optional.ofNullable(row.getInteger("next_feed_of")),
                        row.getLong("untried").intValue()));
    }
}
