package io.playhook.organization;

import java.util.List;
import java.util.Set;

import io.playhook.platform.problem.Problem;

/**
 * Who makes a request, as its auth token says.
 *
 * @param organizationId whose webhooks and events the caller may touch
 * @param ancestors the organizations above that one, the nearest first: their webhooks hear of its events too
 * @param scopes what the token may be used for
 */
public record Caller(int organizationId, List<Integer> ancestors, Set<Scope> scopes) {

    /** This caller, if its token covers {@code scope}; otherwise throws a 403 {@link Problem}. */
    public Caller with(Scope scope) {
        if (!scopes.contains(scope)) {
            throw Problem.forbidden("The auth token does not have the scope %s.".formatted(scope));
        }
        return this;
    }

    /** Throws a 404 {@link Problem} if the organization in a path is not the caller's: to it, no other exists. */
    public void mustBelongTo(int organizationId) {
        if (this.organizationId != organizationId) {
            throw Problem.notFound("There is no such organization.");
        }
    }
}
