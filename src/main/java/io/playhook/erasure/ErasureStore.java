package io.playhook.erasure;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.delivery.queue.ErasedStore;
import io.playhook.delivery.queue.ErasedStore.Canceled;
import io.playhook.platform.database.Database;
import io.playhook.platform.problem.Problem;

/**
 * The {@code erasures} table, and what they erase. A step does a bounded part of one, in a transaction with how far that has come,
 * so that whoever goes on leaves nothing out.
 */
@ApplicationScoped
class ErasureStore {

    /** How many events a step looks at. */
    static final int LOOKED_AT = 2_000;

    // A publish may have been let through just before its organization was deleted.
    private static final String STRAGGLERS = "interval '1 minute'";

    private static final String COUNT_OF_PLAYER = """
            select count(*) as found from events
            where organization_id = $1 and player_uuid = $2 and player is not null
            """;

    private static final String BEGIN_FOR_PLAYER = """
            insert into erasures (organization_id, player_uuid, feed_end)
            values ($1, $2, pg_current_xact_id())
            """;

    private static final String LOCK_ORGANIZATION =
            "select from organizations where id = $1 and deleted_at is null for update";

    private static final String ANY_FOLDER = """
            select its.descendant_id from descendants its
            cross join lateral (
                select from organizations where id = its.descendant_id and deleted_at is null limit 1) o
            where its.organization_id = $1
            limit 1
            """;

    private static final String DELETE_ORGANIZATION = """
            with ended as (
                update organizations set deleted_at = now() where id = $1
            )
            insert into erasures (organization_id) values ($1)
            """;

    private static final String REVOKE = """
            update auth_tokens set revoked_at = now() where organization_id = $1 and revoked_at is null
            """;

    private static final String DELETE_WEBHOOKS = """
            update webhooks
            set status = 'deleted', security_key = null, former_keys = '{}', version = version + 1, updated_at = now()
            where organization_id = $1 and status <> 'deleted'
            returning id
            """;

    private static final String RUNNING = "select id from erasures order by id limit 1000";

    // Nobody waits for the commit of a step: were it lost, the step would be made again.
    private static final String LOCK = """
            select set_config('synchronous_commit', 'off', true) from erasures where id = $1 for update skip locked
            """;

    // No position of the feed below the oldest open transaction is new. Rows of before V7 have the first
    // position: they come when they are moved.
    private static final String READ = """
            select e.organization_id, e.player_uuid, e.feed_end::text as feed_end, e.after_tx::text as after_tx, e.after_id,
                   e.again_tx::text as again_tx, e.again_id, o.id || o.ancestors as hearers,
                   pg_snapshot_xmin(pg_current_snapshot()) >= e.feed_end and to_regclass('events_v6') is null as is_final,
                   e.feed_end is null and e.created_at <= now() - %s as may_end
            from erasures e
            cross join lateral (select id, ancestors from organizations where id = e.organization_id limit 1) o
            where e.id = $1
            """.formatted(STRAGGLERS);

    // Not all that lie on one page at once: there the new versions of rows have no room while this transaction
    // holds the old ones, and would go to a page each, with an entry in every index and a whole page of WAL
    // for each. What a page's first erased row gives back has room for the next few.
    private static final String ERASE = """
            with looked as materialized (
                select id, tx, player is not null as has_content, tableoid as part, (ctid::text::point)[0] as page from events
                where organization_id = $1 %s and (tx, id) > ($2::text::xid8, $3)
                  and tx < least($4::text::xid8, pg_snapshot_xmin(pg_current_snapshot()))
                order by tx, id limit %d
            ), in_turn as materialized (
                select id, row_number() over (partition by part, page, has_content) as place,
                       count(*) filter (where not has_content) over (partition by part, page) as erased, has_content
                from looked
            ), erased as (
                update events set player = null
                where id = any (array(select id from in_turn where has_content and place <= 1 + 2 * erased))
                  and player is not null
            )
            select array(select id from looked) as ids,
                   (select tx::text from looked order by looked.tx desc, id desc limit 1) as last_tx,
                   (select id from looked order by looked.tx desc, id desc limit 1) as last_id,
                   exists (select from in_turn where has_content and place > 1 + 2 * erased) as more
            """;

    private static final String ERASE_ALL = ERASE.formatted("", LOOKED_AT);
    private static final String ERASE_OF_PLAYER = ERASE.formatted("and player_uuid = $5", LOOKED_AT);

    private static final String SAVE = """
            update erasures
            set after_tx = $2::text::xid8, after_id = $3, again_tx = $4::text::xid8, again_id = $5
            where id = $1
            """;

    private static final String SET_END = "update erasures set feed_end = pg_current_xact_id() where id = $1";

    private static final String END = "delete from erasures where id = $1";

    private final Database database;
    private final ErasedStore deliveries;

    ErasureStore(Database database, ErasedStore deliveries) {
        this.database = database;
        this.deliveries = deliveries;
    }

    /**
     * What a step did.
     *
     * @param more whether there is more that can be done at once
     * @param held webhooks of which pods hold deliveries that should not go out any more
     */
    record Step(boolean more, Set<Integer> held) {

        static final Step MORE = new Step(true, Set.of());

        /** It waits for something that others have to end; or all is done. */
        static final Step WAIT = new Step(false, Set.of());
    }

    /** A position in the feed. */
    private record Place(String tx, UUID id) {}

    /** Begins to erase the content of a player's events; gives how many have any. */
    Uni<Long> begin(int organizationId, String playerUuid) {
        Tuple player = Tuple.of(organizationId, playerUuid);
        return database.query(COUNT_OF_PLAYER, player, row -> row.getLong("found"))
                .map(found -> found.get(0))
                .call(found -> found == 0
                        ? Uni.createFrom().voidItem()
                        : database.execute(BEGIN_FOR_PLAYER, player).replaceWithVoid());
    }

    /**
     * Deletes an organization with its tokens and webhooks, gives these, and begins to erase the content of its events. Fails with a
     * 404 {@link Problem} if there is none, and with a 409 if others lie in it.
     */
    Uni<List<Integer>> delete(int organizationId) {
        Tuple organization = Tuple.of(organizationId);
        return database.inTransaction(transaction -> Database.execute(transaction, LOCK_ORGANIZATION, organization)
                .invoke(found -> {
                    if (found.size() == 0) {
                        throw Problem.notFound("There is no such organization.");
                    }
                })
                .chain(() -> Database.execute(transaction, ANY_FOLDER, organization))
                .invoke(folders -> {
                    if (folders.size() > 0) {
                        throw Problem.conflict("Other organizations lie in it: delete those first.");
                    }
                })
                .chain(() -> Database.execute(transaction, DELETE_ORGANIZATION, organization))
                .chain(() -> endParts(transaction, organizationId)));
    }

    private static Uni<List<Integer>> endParts(SqlConnection transaction, int organizationId) {
        Tuple organization = Tuple.of(organizationId);
        return Database.execute(transaction, REVOKE, organization)
                .chain(() -> Database.execute(transaction, DELETE_WEBHOOKS, organization))
                .map(rows -> Database.map(rows, row -> row.getInteger("id")));
    }

    /** What is being erased. */
    Uni<List<Integer>> running() {
        return database.query(RUNNING, Tuple.tuple(), row -> row.getInteger("id"));
    }

    /** Does a part of it; empty if another pod is at it, or it is done. */
    Uni<Optional<Step>> advance(int id) {
        return database.inTransaction(transaction -> Database.execute(transaction, LOCK, Tuple.of(id))
                .chain(locked -> locked.size() == 0
                        ? Uni.createFrom().item(Optional.empty())
                        : Database.execute(transaction, READ, Tuple.of(id))
                                .map(rows -> rows.iterator().next())
                                .chain(erasure -> advance(transaction, id, erasure))
                                .map(Optional::of)));
    }

    private Uni<Step> advance(SqlConnection transaction, int id, Row erasure) {
        return erase(transaction, erasure).chain(step -> {
            if (step.getBoolean("more")) {
                return Uni.createFrom().item(Step.MORE);
            }
            UUID[] events = step.getArrayOfUUIDs("ids");
            return events.length == 0
                    ? atTheEnd(transaction, id, erasure)
                    : deliveries
                            .cancel(transaction, events, erasure.getArrayOfIntegers("hearers"))
                            .chain(canceled -> goOn(transaction, id, erasure, step, canceled));
        });
    }

    private static Uni<Row> erase(SqlConnection transaction, Row erasure) {
        String player = erasure.getString("player_uuid");
        Tuple parameters = Tuple.of(
                erasure.getInteger("organization_id"),
                erasure.getString("after_tx"),
                erasure.getUUID("after_id"),
                erasure.getString("feed_end"));
        return Database.execute(
                        transaction,
                        player == null ? ERASE_ALL : ERASE_OF_PLAYER,
                        player == null ? parameters : parameters.addString(player))
                .map(rows -> rows.iterator().next());
    }

    // Where deliveries were on their way, these events are looked at once more when the others are done.
    private static Uni<Step> goOn(SqlConnection transaction, int id, Row erasure, Row step, Canceled canceled) {
        Place before = new Place(erasure.getString("after_tx"), erasure.getUUID("after_id"));
        Place again = new Place(erasure.getString("again_tx"), erasure.getUUID("again_id"));
        if (canceled.more()) {
            return Uni.createFrom().item(Step.MORE);
        }
        Place behind = new Place(step.getString("last_tx"), step.getUUID("last_id"));
        return save(transaction, id, behind, canceled.held().isEmpty() || again.tx() != null ? again : before)
                .replaceWith(new Step(true, canceled.held()));
    }

    private static Uni<Step> atTheEnd(SqlConnection transaction, int id, Row erasure) {
        Place again = new Place(erasure.getString("again_tx"), erasure.getUUID("again_id"));
        if (again.tx() != null) {
            return save(transaction, id, again, new Place(null, null)).replaceWith(Step.WAIT);
        }
        if (erasure.getBoolean("may_end")) {
            // Once more, for what was made while it was being deleted.
            return endParts(transaction, erasure.getInteger("organization_id"))
                    .chain(() -> Database.execute(transaction, SET_END, Tuple.of(id)))
                    .replaceWith(Step.WAIT);
        }
        return Boolean.TRUE.equals(erasure.getBoolean("is_final"))
                ? Database.execute(transaction, END, Tuple.of(id)).replaceWith(Step.WAIT)
                : Uni.createFrom().item(Step.WAIT);
    }

    private static Uni<Void> save(SqlConnection transaction, int id, Place after, Place again) {
        return Database.execute(
                        transaction,
                        SAVE,
                        Tuple.tuple()
                                .addInteger(id)
                                .addString(after.tx())
                                .addUUID(after.id())
                                .addString(again.tx())
                                .addUUID(again.id()))
                .replaceWithVoid();
    }
}
