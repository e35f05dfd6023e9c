package io.playhook.event;

import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.platform.database.Database;

/** The {@code idempotency_keys}, where several are taken together or their holders are asked for. */
@ApplicationScoped
class IdempotencyKeyRepository {

    private static final String RESERVE = """
            insert into idempotency_keys (organization_id, key, event_id, fingerprint, created_at)
            select $1, key, event_id, fingerprint, now()
            from unnest($2::text[], $3::uuid[], $4::bytea[]) as k (key, event_id, fingerprint)
            order by key
            on conflict do nothing
            """;

    private static final String RESERVED = """
            select key, event_id, fingerprint from idempotency_keys
            where organization_id = $1 and key = any ($2)
            """;

    /** What stands under an idempotency key. */
    record KeyHolder(UUID eventId, byte[] fingerprint) {}

    /**
     * Takes keys that nobody holds yet, and gives the holder of each. Waits for a transaction that is about to take the
     * same key; keys are taken in their order, so that two transactions never wait for each other.
     */
    Uni<Map<String, KeyHolder>> reserve(SqlConnection transaction, int organizationId, Map<String, KeyHolder> wanted) {
        String[] keys = wanted.keySet().toArray(String[]::new);
        UUID[] events = wanted.values().stream().map(KeyHolder::eventId).toArray(UUID[]::new);
        Buffer[] fingerprints = wanted.values().stream()
                .map(holder -> Buffer.buffer(holder.fingerprint()))
                .toArray(Buffer[]::new);
        Tuple reservation = Tuple.of(organizationId, keys, events, fingerprints);
        return Database.execute(transaction, RESERVE, reservation)
                .chain(() -> Database.execute(transaction, RESERVED, Tuple.of(organizationId, keys)))
                .map(rows -> Database.map(rows, Function.identity()).stream()
                        .collect(Collectors.toMap(row -> row.getString("key"), IdempotencyKeyRepository::keyHolder)));
    }

    private static KeyHolder keyHolder(Row row) {
        return new KeyHolder(
                row.getUUID("event_id"), row.getBuffer("fingerprint").getBytes());
    }
}
