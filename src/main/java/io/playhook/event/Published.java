package io.playhook.event;

import java.util.UUID;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.quarkus.runtime.annotations.RegisterForReflection;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * The answer for one published event.
 *
 * @param eventId the event's id; under an idempotency key used before, the first event's
 * @param deliveries how many deliveries this request has queued
 * @param duplicate true if the key was used before, else null
 */
@RegisterForReflection // the answer is one of these or a batch of them: no resource's signature names it
@Schema(requiredProperties = {"event_id", "deliveries"})
public record Published(
        UUID eventId,
        int deliveries,
        @JsonInclude(JsonInclude.Include.NON_NULL) Boolean duplicate) {

    boolean isDuplicate() {
        return Boolean.TRUE.equals(duplicate);
    }
}
