package io.playhook.stream;

import java.util.Optional;

/** Which attempts are wanted; all that is there must hold. */
record Filter(Optional<Integer> webhookId, Optional<String> status) {

    boolean wantsAll() {
        return webhookId.isEmpty() && status.isEmpty();
    }

    boolean wants(StreamedAttempt attempt) {
        return webhookId.map(id -> id == attempt.webhookId()).orElse(true)
                && status.map(attempt.status()::equals).orElse(true);
    }
}
