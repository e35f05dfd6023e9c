package io.playhook.delivery.lane;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.platform.database.Database;
import io.playhook.platform.database.ForDelivery;

/** The {@code pods} table. Its times are the database server's: no two pods' clocks agree. */
@ApplicationScoped
class PodRepository {

    private static final String SEEN = """
            with seen as (
                insert into pods (id, seen_at) values ($1, now())
                on conflict (id) do update set seen_at = excluded.seen_at
            ), forgotten as (
                delete from pods where seen_at < now() - interval '1 hour'
            )
            select coalesce(array_agg(id order by id), '{}') as others
            from pods where id <> $1 and seen_at > now() - $2::bigint * interval '1 millisecond'
            """;

    private static final String GONE = "delete from pods where id = $1";

    private final Database database;

    PodRepository(@ForDelivery Database database) {
        this.database = database;
    }

    /** Notes that a pod is alive; gives its place among all that are. */
    Uni<Place> seen(UUID pod, Duration aliveFor) {
        return database.query(
                        SEEN, Tuple.of(pod, aliveFor.toMillis()), row -> place(pod, row.getArrayOfUUIDs("others")))
                .map(rows -> rows.get(0));
    }

    private static Place place(UUID pod, UUID[] others) {
        List<UUID> all = new ArrayList<>(List.of(others));
        all.add(pod);
        return new Place(all, pod);
    }

    /** Notes that a pod ends. */
    Uni<Void> gone(UUID pod) {
        return database.execute(GONE, Tuple.of(pod)).replaceWithVoid();
    }
}
