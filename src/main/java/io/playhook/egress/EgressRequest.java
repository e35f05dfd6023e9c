package io.playhook.egress;

import java.time.Duration;
import java.util.function.Consumer;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;

/**
 * A POST to the outside.
 *
 * @param organizationId whose request it is: no two organizations share a connection
 * @param headers sets the request's headers; once for each time that it goes out
 * @param deadline for everything: look-up, connection, TLS, request, and the whole of the answer
 */
public record EgressRequest(
        int organizationId, TargetUrl url, Consumer<MultiMap> headers, Buffer body, Duration deadline) {}
