package io.playhook.stream;

import java.time.Instant;
import java.util.UUID;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * An attempt as the stream shows it: what was made, and what its delivery was then.
 *
 * @param status of the delivery after it
 */
@RegisterForReflection // written outside of any resource
record StreamedAttempt(
        @JsonIgnore StreamPosition position,
        UUID deliveryId,
        UUID eventId,
        String type,
        String playerUuid,
        int webhookId,
        int organizationId,
        String status,
        int number,
        Instant startedAt,
        int durationMs,
        String outcome,
        Integer statusCode,
        String reason) {}
