package io.playhook.stream;

import java.util.List;

import io.vertx.core.buffer.Buffer;

/**
 * Attempts of an organization in their order, each with the text that is sent for it: made once for all who listen. Immutable;
 * thread-safe.
 */
final class Batch {

    private final List<Event> events;
    private final Buffer all = Buffer.buffer();

    /** An attempt, and what is sent for it. */
    record Event(StreamedAttempt attempt, Buffer text) {}

    Batch(List<Event> events) {
        this.events = events;
        events.forEach(event -> all.appendBuffer(event.text()));
    }

    int size() {
        return events.size();
    }

    /** The position of the last. */
    StreamPosition end() {
        return events.get(events.size() - 1).attempt().position();
    }

    /** What is sent to one who wants these, and has had all up to a position. Not to be changed. */
    Buffer of(Filter filter, StreamPosition after) {
        if (filter.wantsAll()
                && (events.isEmpty() || events.get(0).attempt().position().compareTo(after) > 0)) {
            return all;
        }
        Buffer wanted = Buffer.buffer();
        for (Event event : events) {
            if (event.attempt().position().compareTo(after) > 0 && filter.wants(event.attempt())) {
                wanted.appendBuffer(event.text());
            }
        }
        return wanted;
    }
}
