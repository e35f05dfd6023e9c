package io.playhook.event;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/**
 * The idempotency key of a whole request, from its header. It stands for one body: the same events, in the same order, as
 * an array or by itself.
 *
 * @param fingerprint what tells one body from another
 */
record RequestKey(String key, byte[] fingerprint) {

    static RequestKey of(String key, boolean isArray, List<Submission> submissions) {
        Submission first = submissions.get(0);
        if (!isArray && key.equals(first.idempotencyKey())) {
            // The same as if the event named the key.
            return new RequestKey(key, first.fingerprint());
        }
        return new RequestKey(
                key,
                Fingerprint.of(submissions.stream()
                        .flatMap(event -> Stream.of(
                                event.fingerprint(), event.idempotencyKey().getBytes(StandardCharsets.UTF_8)))
                        .toArray(byte[][]::new)));
    }

    /**
     * The key of one event of an array that has none of its own, so that the answer to a repeated request names the
     * events. It holds what no publisher's key may hold, and so is like none of them.
     */
    static String ofElement(String key, int index) {
        return key + '\u0001' + index;
    }
}
