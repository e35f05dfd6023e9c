package io.playhook.organization;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;

import io.smallrye.mutiny.Uni;

/** What other features may ask of organizations. */
@ApplicationScoped
public class Organizations {

    private final OrganizationRepository repository;

    Organizations(OrganizationRepository repository) {
        this.repository = repository;
    }

    /** Makes the current transaction the only one that counts or adds what the organization owns, until it ends. */
    public Uni<Void> lock(int organizationId) {
        return repository
                .findById(organizationId, LockModeType.PESSIMISTIC_WRITE)
                .replaceWithVoid();
    }
}
