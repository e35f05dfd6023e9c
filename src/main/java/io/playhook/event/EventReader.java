package io.playhook.event;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

import jakarta.inject.Singleton;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;

import io.playhook.platform.json.FieldErrors;
import io.playhook.platform.json.RawObject;
import io.playhook.platform.json.RawObject.Elements;
import io.playhook.platform.json.RawObject.RawValue;
import io.playhook.platform.problem.Problem;

/**
 * Reads the events in a request's body. A large body takes up to a quarter of a second, and event loops have deliveries to
 * carry: it is read beside them, and together such bodies get no more than half of the machine.
 */
@Singleton
class EventReader {

    private static final int MAX_EVENT_BYTES = 256 * 1024;

    private static final int MAX_EVENTS = 1_000;

    /** In bytes; it takes a millisecond or two. */
    private static final int READ_AT_ONCE = 64 * 1024;

    private final WorkerExecutor threads;

    EventReader(Vertx vertx) {
        this.threads = vertx.createSharedWorkerExecutor(
                "playhook-read", Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
    }

    /**
     * What a body holds.
     *
     * @param isArray whether it is an array of events, and not one
     * @param requestKey of the header, stands for all together
     */
    record Read(boolean isArray, List<Submission> submissions, Optional<RequestKey> requestKey) {}

    /**
     * A body that is JSON.
     *
     * @param bytes its length
     */
    record Parsed(Elements elements, int bytes) {

        /** What may hold a token: the body where it is one object. */
        Optional<RawObject> object() {
            return elements.isArray()
                    ? Optional.empty()
                    : Optional.of(elements.values().get(0).object());
        }
    }

    /** Fails with the {@link Problem} of a body that is no JSON. Completes on the context that asks. */
    Future<Parsed> parse(byte[] body) {
        return beside(body.length, () -> new Parsed(RawObject.parseOneOrMany(body, Submission.PLAYER), body.length));
    }

    /**
     * All events of a body, in their order; fails with the {@link Problem} of what is wrong with it. Completes on the
     * context that asks.
     */
    Future<Read> read(Parsed body, Optional<String> keyFromHeader) {
        return beside(body.bytes(), () -> read(body.elements(), keyFromHeader));
    }

    /** Beside the event loop, where there is much to read. */
    private <T> Future<T> beside(int bytes, Supplier<T> reading) {
        return bytes > READ_AT_ONCE
                ? threads.executeBlocking(reading::get, false)
                : Future.succeededFuture().map(now -> reading.get());
    }

    private static Read read(Elements elements, Optional<String> keyFromHeader) {
        List<Submission> submissions = submissions(elements, keyFromHeader);
        return new Read(
                elements.isArray(),
                submissions,
                keyFromHeader.map(key -> RequestKey.of(key, elements.isArray(), submissions)));
    }

    private static List<Submission> submissions(Elements elements, Optional<String> keyFromHeader) {
        refuseCount(elements);
        FieldErrors errors = new FieldErrors();
        keyFromHeader.ifPresent(key -> Submission.checkKey("Idempotency-Key", key, errors));
        List<Submission> submissions = new ArrayList<>(elements.values().size());
        for (int i = 0; i < elements.values().size(); i++) {
            RawValue value = elements.values().get(i);
            refuseTooLarge(utf8Length(value.json()));
            submissions.add(
                    elements.isArray()
                            ? element(value, i, keyFromHeader, errors)
                            : Submission.read(value.object(), keyFromHeader, errors));
        }
        errors.throwIfAny();
        return submissions;
    }

    private static Submission element(RawValue value, int index, Optional<String> keyFromHeader, FieldErrors errors) {
        if (value.object() == null) {
            errors.add("[%d]".formatted(index), "must be an object");
            return null;
        }
        FieldErrors inElement = new FieldErrors();
        Optional<String> key = keyFromHeader.map(header -> RequestKey.ofElement(header, index));
        Submission submission = Submission.read(value.object(), key, inElement);
        errors.addAll("[%d]".formatted(index), inElement);
        return submission;
    }

    private static void refuseCount(Elements elements) {
        int count = elements.values().size();
        if (count == 0 || count > MAX_EVENTS) {
            throw Problem.badRequest("An array must hold from 1 to %d events, not %d.".formatted(MAX_EVENTS, count));
        }
    }

    private static void refuseTooLarge(int bytes) {
        if (bytes > MAX_EVENT_BYTES) {
            throw Problem.tooLarge("An event may have at most %d bytes.".formatted(MAX_EVENT_BYTES));
        }
    }

    private static int utf8Length(String json) {
        // Most events are far from the limit, and no character takes more than three bytes for each char.
        return json.length() * 3 <= MAX_EVENT_BYTES ? json.length() : json.getBytes(StandardCharsets.UTF_8).length;
    }
}
