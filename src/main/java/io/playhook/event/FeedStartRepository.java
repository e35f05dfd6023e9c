package io.playhook.event;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.platform.database.Reads;

/** Says where in the feed, which is in the order of transactions, a time begins. */
@ApplicationScoped
public class FeedStartRepository {

    // What was accepted two minutes before stands before all that is asked for: no statement runs for so long.
    // Ids only say where to look for one, since clocks of pods may be wrong.
    private static final String START = """
            select max(tx::text::numeric)::text as tx from (
                select tx, accepted_at from events where id < first_id($1) order by id desc limit 200) around
            where accepted_at < $1::timestamptz - interval '2 minutes'
            """;

    private final Reads reads;

    FeedStartRepository(Reads reads) {
        this.reads = reads;
    }

    /** A transaction behind which everything stands that was accepted from a time on; empty for the beginning of the feed. */
    public Uni<Optional<Long>> before(Instant since) {
        return reads.query(START, Tuple.of(since.atOffset(ZoneOffset.UTC)), row -> row.getString("tx"))
                .map(found -> Optional.ofNullable(found.get(0)).map(Long::parseLong));
    }
}
