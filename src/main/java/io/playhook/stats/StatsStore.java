package io.playhook.stats;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.platform.database.Database;
import io.playhook.stats.StatsCollector.WebhookHour;

/** The {@code webhook_hours} table, as it is written. */
@ApplicationScoped
class StatsStore {

    /** How many rows a statement writes at most. */
    static final int AT_ONCE = 1_000;

    // In the order of their keys, so that two pods never wait for each other.
    private static final String ADD = """
            insert into webhook_hours as h (webhook_id, hour, attempts, delivered, attempt_ms, delivery_ms)
            select webhook_id, hour, attempts, delivered, attempt_ms::int[], delivery_ms::int[]
            from unnest($1::int[], $2::timestamptz[], $3::int[], $4::int[], $5::text[], $6::text[])
                as counted (webhook_id, hour, attempts, delivered, attempt_ms, delivery_ms)
            order by webhook_id, hour
            on conflict (webhook_id, hour) do update
            set attempts = h.attempts + excluded.attempts, delivered = h.delivered + excluded.delivered,
                attempt_ms = add_pairs(h.attempt_ms, excluded.attempt_ms),
                delivery_ms = add_pairs(h.delivery_ms, excluded.delivery_ms)
            """;

    // What was settled otherwise was noted where that was done, one by one. A minute's worth is taken at once,
    // and by one pod at a time. To choose a number of rows would be planned while there are none, and then
    // compare each with each.
    private static final String FOLD = """
            with gone as (
                delete from settled_otherwise
                where (select pg_try_advisory_xact_lock(hashtext('playhook'), hashtext('settled_otherwise')))
                  and settled_at <= (select min(settled_at) from settled_otherwise) + interval '1 minute'
                returning *
            ), summed as (
                select webhook_id, date_trunc('hour', settled_at, 'UTC') as hour,
                       count(*) filter (where status = 'failed') as failed,
                       count(*) filter (where status = 'canceled') as canceled,
                       count(*) filter (where status = 'superseded') as superseded
                from gone group by 1, 2
            )
            insert into webhook_hours as h (webhook_id, hour, failed, canceled, superseded)
            select * from summed order by webhook_id, hour
            on conflict (webhook_id, hour) do update
            set failed = h.failed + excluded.failed, canceled = h.canceled + excluded.canceled,
                superseded = h.superseded + excluded.superseded
            """;

    private static final String FORGET = """
            delete from webhook_hours
            where (webhook_id, hour) in (
                select webhook_id, hour from webhook_hours
                where hour < now() - $1::bigint * interval '1 s' order by hour limit %d)
            """.formatted(AT_ONCE);

    private final Database database;

    StatsStore(Database database) {
        this.database = database;
    }

    /** Adds what was counted. */
    Uni<Void> add(Map<WebhookHour, Counted> counted) {
        List<Map.Entry<WebhookHour, Counted>> all = counted.entrySet().stream()
                .sorted(Comparator.comparing(entry -> entry.getKey().webhookId()))
                .toList();
        return database.execute(ADD, columns(all)).replaceWithVoid();
    }

    /** Adds what was noted, by whichever pod. */
    Uni<Void> addNoted() {
        return database.execute(FOLD, Tuple.tuple()).replaceWithVoid();
    }

    /** Deletes hours that ended longer ago, a few at a time. */
    Uni<Void> forget(Duration keep) {
        return database.execute(FORGET, Tuple.of(keep.toSeconds()))
                .chain(deleted ->
                        deleted.rowCount() < AT_ONCE ? Uni.createFrom().voidItem() : forget(keep));
    }

    private static Tuple columns(List<Map.Entry<WebhookHour, Counted>> all) {
        return Tuple.tuple()
                .addValue(all.stream().map(entry -> entry.getKey().webhookId()).toArray(Integer[]::new))
                .addValue(all.stream()
                        .map(entry -> entry.getKey().hour().atOffset(ZoneOffset.UTC))
                        .toArray(OffsetDateTime[]::new))
                .addValue(all.stream().map(entry -> entry.getValue().attempts()).toArray(Integer[]::new))
                .addValue(
                        all.stream().map(entry -> entry.getValue().deliveries()).toArray(Integer[]::new))
                .addValue(all.stream()
                        .map(entry -> array(entry.getValue().attemptMillis()))
                        .toArray(String[]::new))
                .addValue(all.stream()
                        .map(entry -> array(entry.getValue().deliveryMillis()))
                        .toArray(String[]::new));
    }

    // Arrays of arrays would all have to be of one length.
    private static String array(Histogram histogram) {
        return histogram.pairs().stream().map(String::valueOf).collect(Collectors.joining(",", "{", "}"));
    }
}
