package io.playhook.delivery.lane;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Webhooks, to be found by the organizations whose events they were given: their own, and those that lie below it.
 * Thread-safe.
 */
final class ByOrganization {

    private final Map<Integer, Set<Integer>> organizations = new ConcurrentHashMap<>();
    private final Map<Integer, Set<Integer>> webhooks = new ConcurrentHashMap<>();

    void add(int webhookId, int organizationId) {
        // As it mostly is.
        if (of(organizationId).contains(webhookId)) {
            return;
        }
        organizations.compute(webhookId, (id, its) -> {
            webhooks.compute(organizationId, (organization, known) -> with(known, id));
            return with(its, organizationId);
        });
    }

    void remove(int webhookId) {
        organizations.computeIfPresent(webhookId, (id, its) -> {
            its.forEach(organizationId -> webhooks.computeIfPresent(organizationId, (organization, known) -> {
                known.remove(id);
                return known.isEmpty() ? null : known;
            }));
            return null;
        });
    }

    Set<Integer> of(int organizationId) {
        return webhooks.getOrDefault(organizationId, Set.of());
    }

    private static Set<Integer> with(Set<Integer> set, int added) {
        Set<Integer> changed = set == null ? ConcurrentHashMap.newKeySet() : set;
        changed.add(added);
        return changed;
    }
}
