package io.playhook.organization;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

import jakarta.enterprise.context.ApplicationScoped;

import io.quarkus.hibernate.reactive.panache.Panache;
import io.smallrye.mutiny.Uni;

import io.playhook.platform.problem.FieldError;
import io.playhook.platform.problem.Problem;

/** Makes organizations and their tokens. */
@ApplicationScoped
public class OrganizationService {

    private static final int TOKEN_BYTES = 32;

    /** Each adds to the cost of a publish at the bottom. */
    private static final int MAX_ANCESTORS = 15;

    private final OrganizationRepository organizations;
    private final AuthTokenRepository tokens;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    OrganizationService(OrganizationRepository organizations, AuthTokenRepository tokens, InstantSource clock) {
        this.organizations = organizations;
        this.tokens = tokens;
        this.clock = clock;
    }

    /** A token just made: the only moment at which its text is known. */
    record IssuedToken(String text, AuthToken token) {}

    /** Creates an organization; fails with a 400 {@link Problem} if the parent does not exist, or lies too deep. */
    Uni<Organization> create(String name, Integer parentId) {
        return Panache.withTransaction(() -> checkParent(parentId)
                .chain(() -> organizations.persistAndFlush(new Organization(name, parentId, clock.instant()))));
    }

    Uni<List<Organization>> list(int after, int limit) {
        return Panache.withSession(() -> organizations.listAfter(after, limit));
    }

    /** The name of an organization; fails with a 404 {@link Problem} if there is none. */
    public Uni<String> nameOf(int organizationId) {
        return Panache.withSession(() -> mustExist(organizationId)).map(organization -> organization.name);
    }

    /** Makes a token; fails with a 404 {@link Problem} if there is no such organization. */
    Uni<IssuedToken> issue(int organizationId, Set<Scope> scopes, Instant expiresAt) {
        return issue(organizationId, newTokenText(), scopes, expiresAt);
    }

    /**
     * Makes sure that there is a token with this text, with all scopes, and gives its organization's id. For a demo or a
     * sandbox, whose callers know the token beforehand.
     */
    public Uni<Integer> ensureKnownToken(String organizationName, String text) {
        return tokens.findCaller(TokenHash.of(text))
                .chain(caller -> caller.isPresent()
                        ? Uni.createFrom().item(caller.get().organizationId())
                        : create(organizationName, null)
                                .call(organization -> issue(organization.id, text, EnumSet.allOf(Scope.class), null))
                                .map(organization -> organization.id));
    }

    private Uni<IssuedToken> issue(int organizationId, String text, Set<Scope> scopes, Instant expiresAt) {
        AuthToken token = new AuthToken(organizationId, text, scopes, clock.instant(), expiresAt);
        return Panache.withTransaction(() -> mustExist(organizationId).chain(() -> tokens.persistAndFlush(token)))
                .map(saved -> new IssuedToken(text, saved));
    }

    Uni<List<AuthToken>> listTokens(int organizationId, int after, int limit) {
        return Panache.withSession(
                () -> mustExist(organizationId).chain(() -> tokens.listAfter(organizationId, after, limit)));
    }

    /** Revokes a token, from now on and on every pod; again is harmless. Fails with a 404 if it is unknown. */
    Uni<AuthToken> revoke(int organizationId, int tokenId) {
        return Panache.withTransaction(() -> tokens.findOf(organizationId, tokenId)
                .onItem()
                .ifNull()
                .failWith(() -> Problem.notFound("There is no such token."))
                .invoke(token -> {
                    if (token.revokedAt == null) {
                        token.revokedAt = clock.instant();
                    }
                }));
    }

    private Uni<Void> checkParent(Integer parentId) {
        if (parentId == null) {
            return Uni.createFrom().voidItem();
        }
        return organizations
                .findLiving(parentId)
                .onItem()
                .ifNull()
                .failWith(() -> Problem.invalid(List.of(new FieldError("parent_id", "there is no such organization"))))
                .invoke(parent -> {
                    if (parent.ancestors.length >= MAX_ANCESTORS) {
                        throw Problem.invalid(List.of(new FieldError(
                                "parent_id", "lies in %d organizations already: no deeper".formatted(MAX_ANCESTORS))));
                    }
                })
                .replaceWithVoid();
    }

    private Uni<Organization> mustExist(int organizationId) {
        return organizations
                .findLiving(organizationId)
                .onItem()
                .ifNull()
                .failWith(() -> Problem.notFound("There is no such organization."));
    }

    private String newTokenText() {
        byte[] bytes = new byte[TOKEN_BYTES];
        random.nextBytes(bytes);
        return "pht_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
