package io.playhook.organization;

import java.security.MessageDigest;

import jakarta.enterprise.context.ApplicationScoped;

import io.quarkus.vertx.http.runtime.CurrentVertxRequest;

import io.playhook.platform.problem.Problem;

/** Lets only the admin token pass. */
@ApplicationScoped
class AdminGuard {

    private final AdminConfig config;
    private final CurrentVertxRequest current;

    AdminGuard(AdminConfig config, CurrentVertxRequest current) {
        this.config = config;
        this.current = current;
    }

    /** Throws a 404 {@link Problem} where the admin API is off, a 401 where the admin token is not shown. */
    void check() {
        String expected = config.token().orElseThrow(() -> Problem.notFound("The admin API is off."));
        String shown = Authentication.bearer(current.getCurrent().request())
                .orElseThrow(() -> Problem.unauthorized("The admin token is missing."));
        // Hashes have one length, so the comparison's time tells nothing of the token.
        if (!MessageDigest.isEqual(
                TokenHash.of(expected).bytes(), TokenHash.of(shown).bytes())) {
            throw Problem.unauthorized("The admin token is wrong.");
        }
    }
}
