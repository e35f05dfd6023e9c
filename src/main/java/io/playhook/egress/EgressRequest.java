package io.playhook.egress;

public record EgressRequest(
        TargetUrl url, io.vertx.core.MultiMap headers, io.vertx.core.buffer.Buffer body, java.time.Duration deadline) {}
