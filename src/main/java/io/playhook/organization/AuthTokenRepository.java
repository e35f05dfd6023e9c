package io.playhook.organization;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;

import io.quarkus.hibernate.reactive.panache.PanacheRepositoryBase;
import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.platform.database.Batches;
import io.playhook.platform.database.Database;

/** The {@code auth_tokens} table. */
@ApplicationScoped
class AuthTokenRepository implements PanacheRepositoryBase<AuthToken, Integer> {

    private static final String CALLERS = """
            select wanted.number, t.organization_id, t.scopes, o.ancestors
            from unnest($1::bytea[]) with ordinality as wanted (token_hash, number)
            cross join lateral (
                select organization_id, scopes from auth_tokens
                where token_hash = wanted.token_hash and %s
                limit 1) t
            cross join lateral (select ancestors from organizations where id = t.organization_id limit 1) o
            """.formatted(AuthToken.IS_VALID);

    private static final int LOOK_UPS_TOGETHER = 128;
    private static final int STATEMENTS_AT_ONCE = 2;

    private final Database database;
    private final Batches<LookUp> lookUps;

    AuthTokenRepository(Database database) {
        this.database = database;
        this.lookUps = database.batches(this::find, lookUp -> 1, LOOK_UPS_TOGETHER, STATEMENTS_AT_ONCE);
    }

    /** Who shows a token, and whom it was found to stand for. */
    private static final class LookUp {
        private final TokenHash token;
        private Optional<Caller> caller = Optional.empty();

        LookUp(TokenHash token) {
            this.token = token;
        }
    }

    /**
     * Who the token stands for; empty if it is unknown, expired or revoked. ListRequest of the database each time, without an ORM
     * session and without a cache, but together with requests that come at the same time: a revoked token stops working at
     * once on every pod, and one that expires on all of them at the same moment.
     */
    Uni<Optional<Caller>> findCaller(TokenHash token) {
        return Uni.createFrom().deferred(() -> {
            LookUp lookUp = new LookUp(token);
            return lookUps.add(lookUp).map(done -> lookUp.caller);
        });
    }

    private Uni<Void> find(List<LookUp> together) {
        Buffer[] hashes = together.stream()
                .map(lookUp -> Buffer.buffer(lookUp.token.bytes()))
                .toArray(Buffer[]::new);
        return database.execute(CALLERS, Tuple.of((Object) hashes))
                .invoke(rows -> rows.forEach(
                        row -> together.get(row.getInteger("number") - 1).caller = Optional.of(caller(row))))
                .replaceWithVoid();
    }

    /** An organization's tokens in the order of their ids, from behind {@code after}. */
    Uni<List<AuthToken>> listAfter(int organizationId, int after, int limit) {
        return find("organizationId = ?1 and id > ?2 order by id", organizationId, after)
                .range(0, limit - 1)
                .list();
    }

    /** The token with this id, if it is the organization's. */
    Uni<AuthToken> findOf(int organizationId, int id) {
        return find("organizationId = ?1 and id = ?2", organizationId, id).firstResult();
    }

    private Caller caller(Row row) {
        Set<Scope> scopes = Arrays.stream(row.getArrayOfStrings("scopes"))
                .flatMap(spelling -> Scope.of(spelling).stream())
                .collect(Collectors.toUnmodifiableSet());
        return new Caller(row.getInteger("organization_id"), List.of(row.getArrayOfIntegers("ancestors")), scopes);
    }
}
