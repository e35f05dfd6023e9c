package io.playhook.event;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import io.playhook.organization.TokenHash;

/**
 * Events of one organization that are accepted as a whole or not at all.
 *
 * @param key the idempotency key of the one event that there is then, which is accepted if nobody holds it; empty if there is
 *     none, or if it is held already
 * @param ancestors the organizations above theirs, the nearest first, whose webhooks hear of them too
 * @param token has to allow it at the moment at which the events are accepted
 */
record Publication(List<PlayerEvent> events, List<Integer> ancestors, Optional<RequestKey> key, TokenHash token) {

    int organizationId() {
        return events.get(0).organizationId();
    }

    /** Those whose webhooks hear of the events. */
    Integer[] organizations() {
        return events.isEmpty()
                ? new Integer[0]
                : Stream.concat(Stream.of(organizationId()), ancestors.stream()).toArray(Integer[]::new);
    }

    /** The organization at the top. Those of two publications have webhooks in common only if that is the same. */
    int root() {
        return ancestors.isEmpty() ? organizationId() : ancestors.get(ancestors.size() - 1);
    }
}
