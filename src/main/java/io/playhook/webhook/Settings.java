package io.playhook.webhook;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What the known keys of a webhook's settings say; empty where the service's default holds.
 *
 * @param headers the subscriber's own headers, by name
 * @param sendSecurityKey whether the key itself is sent along, in {@code securityKeyHeader}
 * @param timeout deadline of a whole attempt
 * @param maxConcurrency requests in flight at once
 * @param rateLimit requests a second
 * @param retrySchedule the delays before each retry; an empty list means that nothing is retried
 * @param ordered whether events of one player arrive in the order in which they were accepted
 * @param coalesce how long an update waits for a newer one that takes its place; zero for not at all
 * @param filter an SQL/JSON path predicate that holds for the players it wants to hear of; empty for all
 */
public record Settings(
        Map<String, String> headers,
        boolean sendSecurityKey,
        String securityKeyHeader,
        Optional<Duration> timeout,
        int maxConcurrency,
        OptionalDouble rateLimit,
        Optional<List<Duration>> retrySchedule,
        boolean ordered,
        Duration coalesce,
        Optional<String> filter,
        Format format) {

    /** The form of what is sent. */
    public enum Format {
        /** The envelope of Playhook's own. */
        STANDARD,
        /** CloudEvents 1.0, in structured mode. */
        CLOUDEVENTS
    }

    static final String DEFAULT_SECURITY_KEY_HEADER = "X-Security-Key";
    static final int DEFAULT_MAX_CONCURRENCY = 20;

    /** Settings of a webhook that was registered without any. */
    public static final Settings DEFAULT = new Settings(
            Map.of(),
            true,
            DEFAULT_SECURITY_KEY_HEADER,
            Optional.empty(),
            DEFAULT_MAX_CONCURRENCY,
            OptionalDouble.empty(),
            Optional.empty(),
            false,
            Duration.ZERO,
            Optional.empty(),
            Format.STANDARD);

    /** Reads settings that were checked when they were saved; null is {@link #DEFAULT}. */
    public static Settings read(String json) {
        return SettingsReader.read(json);
    }

    /** Whether deliveries of one player depend on each other, so that each has to wait for its turn. */
    public boolean takesTurns() {
        return ordered || !coalesce.isZero();
    }
}
