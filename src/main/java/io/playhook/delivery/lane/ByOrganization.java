package io.playhook.delivery.lane;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Webhooks, to be found by their organization. Thread-safe. */
final class ByOrganization {

    private final Map<Integer, Integer> organizations = new ConcurrentHashMap<>();
    private final Map<Integer, Set<Integer>> webhooks = new ConcurrentHashMap<>();

    void add(int webhookId, int organizationId) {
        organizations.computeIfAbsent(webhookId, id -> {
            webhooks.compute(organizationId, (organization, its) -> {
                Set<Integer> known = its == null ? ConcurrentHashMap.newKeySet() : its;
                known.add(id);
                return known;
            });
            return organizationId;
        });
    }

    void remove(int webhookId) {
        organizations.computeIfPresent(webhookId, (id, organizationId) -> {
            webhooks.computeIfPresent(organizationId, (organization, its) -> {
                its.remove(id);
                return its.isEmpty() ? null : its;
            });
            return null;
        });
    }

    Set<Integer> of(int organizationId) {
        return webhooks.getOrDefault(organizationId, Set.of());
    }
}
