package io.playhook.egress;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

import io.vertx.core.buffer.Buffer;

/** The beginning of a response body: 64 KiB of the wire at most, of which 4 KiB are kept, after decompression too. */
final class BoundedBody {

    static final int READ_AT_MOST = 64 * 1024;
    static final int KEPT_AT_MOST = 4 * 1024;

    private final Buffer wire = Buffer.buffer();
    private boolean full;

    /** Takes what has come; false once there is more than will be read. */
    boolean take(Buffer chunk) {
        int room = READ_AT_MOST - wire.length();
        if (chunk.length() > room) {
            wire.appendBuffer(chunk, 0, room);
            full = true;
        } else {
            wire.appendBuffer(chunk);
        }
        return !full;
    }

    /** What is kept of the body; {@code contentEncoding} may be null. */
    Excerpt excerpt(String contentEncoding) {
        String encoding = contentEncoding == null ? "" : contentEncoding.strip().toLowerCase(Locale.ROOT);
        return switch (encoding) {
            case "gzip", "x-gzip" -> inflated(GZIPInputStream::new);
            case "deflate" -> inflated(InflaterInputStream::new);
            default -> plain();
        };
    }

    /** The kept bytes, and whether there was more. */
    record Excerpt(byte[] bytes, boolean truncated) {}

    private Excerpt plain() {
        int kept = Math.min(wire.length(), KEPT_AT_MOST);
        return new Excerpt(wire.getBytes(0, kept), full || kept < wire.length());
    }

    private interface Inflation {
        InputStream open(InputStream compressed) throws IOException;
    }

    // A bomb inflates here to 4 KiB and one byte: nobody reads on.
    private Excerpt inflated(Inflation inflation) {
        byte[] kept = new byte[KEPT_AT_MOST];
        int length = 0;
        try (InputStream in = inflation.open(new ByteArrayInputStream(wire.getBytes()))) {
            for (int n = 0; n >= 0 && length < kept.length; length += Math.max(n, 0)) {
                n = in.read(kept, length, kept.length - length);
            }
            boolean more = length == kept.length && in.read() >= 0;
            return new Excerpt(Arrays.copyOf(kept, length), full || more);
        } catch (IOException brokenOrCut) {
            return length > 0 ? new Excerpt(Arrays.copyOf(kept, length), true) : plain();
        }
    }
}
