package io.playhook.stream;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.buffer.Buffer;

import io.playhook.platform.http.Cursors;

/** What stands in a stream: events, and ids, which are positions that are sealed to the stream of their organization. */
@ApplicationScoped
class StreamText {

    private static final int NUMBERS = 6;

    private final Cursors cursors;
    private final ObjectMapper mapper;
    private final InstantSource clock;

    StreamText(Cursors cursors, ObjectMapper mapper, InstantSource clock) {
        this.cursors = cursors;
        this.mapper = mapper;
        this.clock = clock;
    }

    /** Attempts of an organization as events. */
    Batch batch(int organizationId, List<StreamedAttempt> attempts) {
        return new Batch(attempts.stream()
                .map(attempt -> new Batch.Event(attempt, event(organizationId, attempt)))
                .toList());
    }

    private Buffer event(int organizationId, StreamedAttempt attempt) {
        try {
            return Buffer.buffer("id: %s\nevent: attempt\ndata: ".formatted(id(organizationId, attempt.position())))
                    .appendBytes(mapper.writeValueAsBytes(attempt))
                    .appendString("\n\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The id of a position. */
    String id(int organizationId, StreamPosition position) {
        return cursors.seal(
                stream(organizationId),
                position.tx(),
                position.eventId().getMostSignificantBits(),
                position.eventId().getLeastSignificantBits(),
                position.webhookId(),
                position.number(),
                clock.instant().toEpochMilli());
    }

    /** @param reached when it was */
    record Shown(StreamPosition position, Instant reached) {}

    /** The position of an id; empty if this organization's stream has not given it. */
    Optional<Shown> read(int organizationId, String id) {
        return cursors.open(stream(organizationId), id)
                .filter(its -> its.length == NUMBERS)
                .map(at -> new Shown(
                        new StreamPosition(at[0], new UUID(at[1], at[2]), (int) at[3], (int) at[4]),
                        Instant.ofEpochMilli(at[5])));
    }

    private static String stream(int organizationId) {
        return "stream of %d".formatted(organizationId);
    }
}
