package io.playhook.egress;

public sealed interface EgressResult {
    record Response(int status, io.vertx.core.MultiMap headers, byte[] bodyExcerpt, boolean truncated)
            implements EgressResult {}

    record Refused(String reason) implements EgressResult {}

    record TimedOut(String reason) implements EgressResult {}

    record Unreachable(String reason) implements EgressResult {}
}
