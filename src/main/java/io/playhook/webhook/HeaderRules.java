package io.playhook.webhook;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Which headers a subscriber may choose. */
final class HeaderRules {

    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}");

    /** Headers that we set, or that belong to one connection (RFC 9110, 7.6.1), or that change how a body is read. */
    private static final Set<String> OURS = Set.of(
            "content-type",
            "content-length",
            "content-encoding",
            "host",
            "user-agent",
            "accept-encoding",
            "traceparent",
            "tracestate",
            "connection",
            "keep-alive",
            "proxy-connection",
            "proxy-authorization",
            "proxy-authenticate",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "http2-settings",
            "expect");

    private HeaderRules() {}

    /** What is wrong with a header's name; empty if nothing is. */
    static Optional<String> objectionToName(String name) {
        if (!TOKEN.matcher(name).matches()) {
            return Optional.of("is no name of a header");
        }
        String lower = name.toLowerCase(Locale.ROOT);
        if (OURS.contains(lower) || lower.startsWith("webhook-") || lower.startsWith("x-playhook-")) {
            return Optional.of("is a header that can't be chosen: we set it, or it belongs to the connection");
        }
        return Optional.empty();
    }

    /** Whether it can be sent as a header's value: printable ASCII, so no CR, no LF. */
    static boolean isValue(String value, int maxLength) {
        return value.length() <= maxLength && value.chars().allMatch(c -> c >= ' ' && c <= '~' || c == '\t');
    }
}
