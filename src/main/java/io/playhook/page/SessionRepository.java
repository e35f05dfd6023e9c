package io.playhook.page;

import java.time.Duration;
import java.util.Optional;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.organization.TokenHash;
import io.playhook.platform.database.Database;

/** The {@code web_sessions} table. */
@ApplicationScoped
class SessionRepository {

    // Whoever comes takes along those that have ended.
    private static final String BEGIN = """
            with ended as (
                delete from web_sessions where expires_at <= now()
            )
            insert into web_sessions (id_hash, token_hash, expires_at) values ($1, $2, now() + $3::bigint * interval '1 s')
            """;

    private static final String FIND = """
            select token_hash from web_sessions where id_hash = $1 and expires_at > now() limit 1
            """;

    private static final String END = "delete from web_sessions where id_hash = $1";

    private final Database database;

    SessionRepository(Database database) {
        this.database = database;
    }

    Uni<Void> begin(TokenHash session, TokenHash token, Duration lifetime) {
        return database.execute(BEGIN, Tuple.of(bytes(session), bytes(token), lifetime.toSeconds()))
                .replaceWithVoid();
    }

    /** With which token somebody signed in; empty if there is no such session, or it has ended. */
    Uni<Optional<TokenHash>> find(TokenHash session) {
        return database.query(
                        FIND,
                        Tuple.of(bytes(session)),
                        row -> TokenHash.ofBytes(row.getBuffer("token_hash").getBytes()))
                .map(found -> found.stream().findFirst());
    }

    Uni<Void> end(TokenHash session) {
        return database.execute(END, Tuple.of(bytes(session))).replaceWithVoid();
    }

    private static Buffer bytes(TokenHash hash) {
        return Buffer.buffer(hash.bytes());
    }
}
