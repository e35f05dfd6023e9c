package io.playhook.delivery.queue;

import java.util.function.Supplier;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.platform.database.Database;

/** What has to be done around a change to deliveries that take turns. */
final class TurnStore {

    // One player's turns after the other, in the order in which everybody takes their locks.
    private static final String IN_ORDER_OF_LOCKS = """
            from (select distinct webhook_id, player_uuid, turn_bucket(player_uuid) as bucket
                  from unnest($1::int[], $2::text[]) as turns (webhook_id, player_uuid)
                  order by webhook_id, bucket) in_order_of_locks
            """;

    // Before anything else that takes a lock in the transaction, so that what follows sees what others did under these.
    private static final String LOCK = "select lock_turns(webhook_id, player_uuid) " + IN_ORDER_OF_LOCKS;

    private static final String ARRANGE = "select arrange_turns(webhook_id, player_uuid) " + IN_ORDER_OF_LOCKS;

    private TurnStore() {}

    /**
     * Changes deliveries under the locks of their turns, and arranges the turns again; without any turns, just changes them.
     *
     * @param webhookIds of each turn
     * @param players the same for the player's uuid
     */
    static <T> Uni<T> around(
            SqlConnection transaction, Integer[] webhookIds, String[] players, Supplier<Uni<T>> change) {
        if (webhookIds.length == 0) {
            return change.get();
        }
        Tuple turns = Tuple.of(webhookIds, players);
        return Database.execute(transaction, LOCK, turns)
                .chain(change::get)
                .call(() -> Database.execute(transaction, ARRANGE, turns));
    }
}
