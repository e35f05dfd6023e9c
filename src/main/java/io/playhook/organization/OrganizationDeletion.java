package io.playhook.organization;

import io.smallrye.mutiny.Uni;

/** Ends an organization with all that others keep of it. */
public interface OrganizationDeletion {

    /**
     * Revokes its tokens, deletes its webhooks and, soon, takes the content out of its events. Fails with a 404
     * {@link io.playhook.platform.problem.Problem} if there is no such organization, and with a 409 if others lie in it.
     */
    Uni<Void> delete(int organizationId);
}
