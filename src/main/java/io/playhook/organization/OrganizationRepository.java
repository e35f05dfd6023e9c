package io.playhook.organization;

import java.util.List;

import jakarta.enterprise.context.ApplicationScoped;

import io.quarkus.hibernate.reactive.panache.PanacheRepositoryBase;
import io.smallrye.mutiny.Uni;

/** The {@code organizations} table. */
@ApplicationScoped
class OrganizationRepository implements PanacheRepositoryBase<Organization, Integer> {

    /** The organization with this id, if it is there and was not deleted; else null. */
    Uni<Organization> findLiving(int id) {
        return find("id = ?1 and deletedAt is null", id).firstResult();
    }

    /** Organizations in the order of their ids, from behind {@code after}. */
    Uni<List<Organization>> listAfter(int after, int limit) {
        return find("id > ?1 and deletedAt is null order by id", after)
                .range(0, limit - 1)
                .list();
    }
}
