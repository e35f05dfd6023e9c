package io.playhook.platform;

import java.util.UUID;
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

    /**
     * The trace context of a request.
     *
     * @param published the context that is gone on with; null for none
     * @param begins names the trace that begins where there is none
     * @param spanId 16 hexadecimal digits
     */
    public static String of(String published, UUID begins, String spanId) {
        Matcher form = published == null ? null : FORM.matcher(published);
        return form != null && form.matches()
                ? "00-" + form.group(1) + "-" + spanId + "-" + form.group(2)
                : "00-" + begins.toString().replace("-", "") + "-" + spanId + "-01";
    }
}
