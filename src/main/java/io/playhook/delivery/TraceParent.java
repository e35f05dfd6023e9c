package io.playhook.delivery;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The W3C trace context of a delivery: it goes on with the publisher's trace, or begins one named by the event. */
public final class TraceParent {

    private static final Pattern FORM =
            Pattern.compile("00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})");

    private TraceParent() {}

    /** Whether a header's value is a trace context that can be continued. */
    public static boolean isValid(String header) {
        return header != null && FORM.matcher(header).matches();
    }

    static String of(EventPayload event, String spanId) {
        Matcher published = FORM.matcher(event.traceParent() == null ? "" : event.traceParent());
        return published.matches()
                ? "00-%s-%s-%s".formatted(published.group(1), spanId, published.group(2))
                : "00-" + event.id().toString().replace("-", "") + "-" + spanId + "-01";
    }
}
