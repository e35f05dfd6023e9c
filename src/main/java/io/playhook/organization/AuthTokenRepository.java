package io.playhook.organization;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;

import io.quarkus.hibernate.reactive.panache.PanacheRepositoryBase;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;

import io.playhook.platform.database.Database;

/** The {@code auth_tokens} table. */
@ApplicationScoped
class AuthTokenRepository implements PanacheRepositoryBase<AuthToken, Integer> {

    private static final String CALLER = """
            select organization_id, scopes
            from auth_tokens
            where token_hash = $1 and revoked_at is null and (expires_at is null or expires_at > now())
            """;

    private final Database database;

    AuthTokenRepository(Database database) {
        this.database = database;
    }

    /**
     * Who the token stands for; empty if it is unknown, expired or revoked. Asked of the database for every request,
     * without an ORM session and without a cache: a revoked token stops working at once on every pod, and one that expires
     * on all of them at the same moment.
     */
    Uni<Optional<Caller>> findCaller(String token) {
        return database.query(CALLER, Tuple.of(TokenHash.of(token)), this::caller)
                .map(callers -> callers.stream().findFirst());
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
        return new Caller(row.getInteger("organization_id"), scopes);
    }
}
