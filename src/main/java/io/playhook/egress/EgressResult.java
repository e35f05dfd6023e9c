package io.playhook.egress;

import io.vertx.core.MultiMap;

/** How a request to the outside ended. The reasons are for subscribers to read. */
public sealed interface EgressResult {

    /**
     * The receiver answered.
     *
     * @param bodyExcerpt the first 4 KiB of the body, decompressed
     * @param truncated whether there was more
     */
    record Response(int status, MultiMap headers, byte[] bodyExcerpt, boolean truncated) implements EgressResult {}

    /** Egress forbids the address; nothing was sent. */
    record Refused(String reason) implements EgressResult {}

    /** The deadline passed. */
    record TimedOut(String reason) implements EgressResult {}

    /** There was no complete answer. */
    record Unreachable(String reason) implements EgressResult {}
}
