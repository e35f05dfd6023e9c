package io.playhook.organization;

import java.time.Instant;
import java.util.Set;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;

/** What a caller shows. The token itself is never kept, only its hash. */
@Entity
@Table(name = "auth_tokens")
public class AuthToken {

    /** In SQL, of a row: whether it is good for anything, by the database's clock. */
    public static final String IS_VALID = "revoked_at is null and (expires_at is null or expires_at > now())";

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    Integer id;

    @Column(name = "organization_id")
    Integer organizationId;

    @Column(name = "token_hash")
    byte[] tokenHash;

    @JdbcTypeCode(SqlTypes.ARRAY)
    String[] scopes;

    @Column(name = "created_at")
    Instant createdAt;

    @Column(name = "expires_at")
    Instant expiresAt;

    @Column(name = "revoked_at")
    Instant revokedAt;

    protected AuthToken() {}

    AuthToken(int organizationId, String token, Set<Scope> scopes, Instant createdAt, Instant expiresAt) {
        this.organizationId = organizationId;
        this.tokenHash = TokenHash.of(token).bytes();
        this.scopes = scopes.stream().map(Scope::toString).sorted().toArray(String[]::new);
        this.createdAt = createdAt;
        this.expiresAt = expiresAt;
    }
}
