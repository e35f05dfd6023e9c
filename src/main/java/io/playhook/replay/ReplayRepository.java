package io.playhook.replay;

import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.event.FeedStartRepository;
import io.playhook.platform.database.Database;
import io.playhook.platform.database.Reads;
import io.playhook.platform.problem.Problem;
import io.playhook.replay.ReplayRequest.Kind;
import io.playhook.webhook.EventType;

import static io.playhook.platform.database.Reads.time;

/** Begins, shows and cancels replays. */
@ApplicationScoped
class ReplayRepository {

    // What was opened and not tried yet has not gone out.
    private static final String VIEW = """
            id, webhook_id, status, since, until, total, created_at, finished_at,
            case when total is null then 0
                 else opened - (select count(*) from delivery_queue
                                where replay_id = %1$s.id and replay_id is not null and attempts = replayed_after) end as sent
            """;

    private static final String BEGIN = """
            with begun as (
                insert into replays (organization_id, webhook_id, since, until, statuses, is_for_missing, types, rate_limit,
                                     feed_start, stage, after_event, after_tx, after_id)
                select w.organization_id, w.id, $3, least($4::timestamptz, now()), $5::text[], $6, $7::text[], $8,
                       $9::text::xid8, case when cardinality($5) > 0 then 'settled' else 'missing' end,
                       first_id(greatest($3::timestamptz - interval '1 hour', 'epoch')), $9::text::xid8, 'ffffffff-ffff-ffff-ffff-ffffffffffff'
                from webhooks w
                where w.id = $1 and w.organization_id = $2 and w.status in ('active', 'paused')
                on conflict (webhook_id) where status = 'running' do nothing
                returning *
            )
            select %s from begun
            """.formatted(VIEW.formatted("begun"));

    private static final String OBSTACLE = """
            select w.status, (select id from replays where webhook_id = w.id and status = 'running') as running
            from webhooks w where w.id = $1
            """;

    private static final String LIST =
            "select %s from replays where webhook_id = $1 and id < $2 order by id desc limit $3"
                    .formatted(VIEW.formatted("replays"));

    private static final String SHOW =
            "select %s from replays where id = $1 and organization_id = $2".formatted(VIEW.formatted("replays"));

    private static final String CANCEL = """
            update replays set status = 'canceled', finished_at = now()
            where id = $1 and organization_id = $2 and status = 'running'
            """;

    private final Database database;
    private final Reads reads;
    private final FeedStartRepository starts;

    ReplayRepository(Database database, Reads reads, FeedStartRepository starts) {
        this.database = database;
        this.reads = reads;
        this.starts = starts;
    }

    /** Begins a replay; fails with a 400 {@link Problem} where the webhook has ended, or one of it runs already. */
    Uni<ReplayView> begin(int organizationId, int webhookId, ReplayRequest request) {
        return starts.before(request.since())
                .chain(start -> database.query(
                        BEGIN,
                        Tuple.tuple()
                                .addInteger(webhookId)
                                .addInteger(organizationId)
                                .addOffsetDateTime(request.since().atOffset(ZoneOffset.UTC))
                                .addOffsetDateTime(request.until()
                                        .map(until -> until.atOffset(ZoneOffset.UTC))
                                        .orElse(null))
                                .addArrayOfString(settled(request.kinds()))
                                .addBoolean(request.kinds().contains(Kind.MISSING))
                                .addArrayOfString(types(request.types()))
                                .addDouble(
                                        request.rateLimit().isPresent()
                                                ? request.rateLimit().getAsDouble()
                                                : null)
                                .addString(Long.toString(start.orElse(0L))),
                        ReplayRepository::view))
                .chain(begun ->
                        begun.isEmpty() ? obstacle(webhookId) : Uni.createFrom().item(begun.get(0)));
    }

    private Uni<ReplayView> obstacle(int webhookId) {
        return database.query(OBSTACLE, Tuple.of(webhookId), row -> row).map(found -> {
            throw Problem.badRequest(obstacle(found.get(0)));
        });
    }

    private static String obstacle(Row webhook) {
        Integer running = webhook.getInteger("running");
        if (running != null) {
            return "Replay %d of this webhook is running: one at a time.".formatted(running);
        }
        return switch (webhook.getString("status")) {
            case "disabled" -> "The webhook is disabled: resume it first.";
            case "deleted" -> "The webhook was deleted.";
            default -> "A replay of this webhook has just ended: try again.";
        };
    }

    private static String[] settled(Set<Kind> kinds) {
        return kinds.stream()
                .filter(kind -> kind != Kind.MISSING)
                .map(Kind::toString)
                .toArray(String[]::new);
    }

    private static String[] types(Set<EventType> types) {
        return types.isEmpty() ? null : types.stream().map(EventType::toString).toArray(String[]::new);
    }

    /** The replays of a webhook, the newest first, from before a number. */
    Uni<List<ReplayView>> list(int webhookId, int before, int rows) {
        return reads.query(LIST, Tuple.of(webhookId, before, rows), ReplayRepository::view);
    }

    /** A replay; empty if the organization has no such one. */
    Uni<Optional<ReplayView>> show(int organizationId, int id) {
        return reads.query(SHOW, Tuple.of(id, organizationId), ReplayRepository::view)
                .map(found -> found.stream().findFirst());
    }

    /** Has a replay open nothing more, if it runs. */
    Uni<Void> cancel(int organizationId, int id) {
        return database.execute(CANCEL, Tuple.of(id, organizationId)).replaceWithVoid();
    }

    private static ReplayView view(Row row) {
        return new ReplayView(
                row.getInteger("id"),
                row.getInteger("webhook_id"),
                row.getString("status"),
                time(row, "since"),
                time(row, "until"),
                row.getInteger("total"),
                row.getLong("sent").intValue(),
                time(row, "created_at"),
                time(row, "finished_at"));
    }
}
