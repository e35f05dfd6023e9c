package io.playhook.event;

import java.util.List;
import java.util.Optional;

import io.playhook.organization.TokenHash;

/**
 * Events of one organization that are accepted as a whole or not at all.
 *
 * @param key the idempotency key of the one event that there is then, which is accepted if nobody holds it; empty if there is
 *     none, or if it is held already
 * @param token has to allow it at the moment at which the events are accepted
 */
record Publication(List<PlayerEvent> events, Optional<RequestKey> key, TokenHash token) {

    int organizationId() {
        return events.get(0).organizationId();
    }
}
