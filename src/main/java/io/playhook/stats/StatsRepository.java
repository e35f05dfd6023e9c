package io.playhook.stats;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.platform.database.Reads;
import io.playhook.stats.StatsView.Deliveries;
import io.playhook.stats.StatsView.Hour;
import io.playhook.stats.StatsView.Percentiles;

import static io.playhook.platform.database.Reads.time;

/** The {@code webhook_hours} table, as it is shown. */
@ApplicationScoped
class StatsRepository {

    private static final int MOST_WAITING = 100_000;

    private static final String HOURS = """
            select hour, attempts, delivered, failed, canceled, superseded, attempt_ms, delivery_ms
            from webhook_hours where webhook_id = $1 and hour >= $2 and hour < $3
            """;

    private static final String WAITING = """
            select count(*) as waiting from (select from delivery_queue where webhook_id = $1 limit %d) first
            """.formatted(MOST_WAITING);

    private final Reads reads;

    StatsRepository(Reads reads) {
        this.reads = reads;
    }

    /** A row of the table. */
    private record Stored(
            Instant hour,
            int attempts,
            int delivered,
            int failed,
            int canceled,
            int superseded,
            Histogram attemptMs,
            Histogram deliveryMs) {

        private static final Stored NOTHING =
                new Stored(Instant.EPOCH, 0, 0, 0, 0, 0, new Histogram(), new Histogram());

        static Stored of(Row row) {
            return new Stored(
                    time(row, "hour"),
                    row.getInteger("attempts"),
                    row.getInteger("delivered"),
                    row.getInteger("failed"),
                    row.getInteger("canceled"),
                    row.getInteger("superseded"),
                    histogram(row.getArrayOfIntegers("attempt_ms")),
                    histogram(row.getArrayOfIntegers("delivery_ms")));
        }

        private static Histogram histogram(Integer[] pairs) {
            Histogram histogram = new Histogram();
            histogram.add(Arrays.asList(pairs));
            return histogram;
        }
    }

    /** How a webhook fared in these hours: from the beginning of one to that of another. */
    Uni<StatsView> show(int webhookId, Instant since, Instant until) {
        Tuple parameters = Tuple.of(webhookId, since.atOffset(ZoneOffset.UTC), until.atOffset(ZoneOffset.UTC));
        return reads.query(HOURS, parameters, Stored::of)
                .chain(stored -> reads.query(WAITING, Tuple.of(webhookId), row -> row.getLong("waiting"))
                        .map(waiting -> view(since, until, stored, waiting.get(0))));
    }

    private static StatsView view(Instant since, Instant until, List<Stored> stored, long waiting) {
        Histogram attemptMs = new Histogram();
        Histogram deliveryMs = new Histogram();
        Map<Instant, Stored> byHour = new HashMap<>();
        for (Stored its : stored) {
            attemptMs.add(its.attemptMs.pairs());
            deliveryMs.add(its.deliveryMs.pairs());
            byHour.put(its.hour, its);
        }
        Deliveries deliveries = new Deliveries(
                stored.stream().mapToLong(Stored::delivered).sum(),
                stored.stream().mapToLong(Stored::failed).sum(),
                stored.stream().mapToLong(Stored::canceled).sum(),
                stored.stream().mapToLong(Stored::superseded).sum(),
                waiting);
        List<Hour> hours = new ArrayList<>();
        for (Instant hour = since; hour.isBefore(until); hour = hour.plus(1, ChronoUnit.HOURS)) {
            Stored its = byHour.getOrDefault(hour, Stored.NOTHING);
            hours.add(new Hour(hour, its.attempts, its.delivered, its.failed, Percentiles.of(its.attemptMs)));
        }
        return new StatsView(
                since,
                until,
                deliveries,
                deliveries.successRate(),
                Percentiles.of(attemptMs),
                Percentiles.of(deliveryMs),
                hours);
    }
}
