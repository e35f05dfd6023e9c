package io.playhook.egress;

import java.io.IOException;

import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.vertx.core.http.GoAway;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.StreamResetException;

/** How often a request may go out again within one attempt, and for what. */
final class Resending {

    // A server that sends each connection away at its first request gets no more than this.
    private static final int AFTER_REFUSALS = 3;

    private int refusals;
    private boolean reuseFailed;

    /** Whether the fault says that the receiver has not begun with the request (RFC 9113, 8.7). */
    static boolean isUnprocessed(Throwable fault) {
        if (fault instanceof StreamResetException reset) {
            return reset.getCode() == Http2Error.REFUSED_STREAM.code();
        }
        return fault instanceof HttpClosedException closed && saysGoodbye(closed.goAway())
                // No stream could be made after the receiver had said so.
                || fault instanceof Http2Exception
                        && String.valueOf(fault.getMessage()).contains("GOAWAY");
    }

    // With an error in it, it is not known what the receiver did with the request, and by whose fault.
    private static boolean saysGoodbye(GoAway goAway) {
        return goAway != null && goAway.getErrorCode() == Http2Error.NO_ERROR.code();
    }

    /** Whether the fault is the end of the whole connection. */
    static boolean isLossOfConnection(Throwable fault) {
        return fault instanceof HttpClosedException || fault instanceof IOException;
    }

    /** ListRequest where a connection that had served before was of no use: once. */
    boolean mayAfterReuse() {
        boolean may = !reuseFailed;
        reuseFailed = true;
        return may;
    }

    /** ListRequest where the receiver has refused the request unread. */
    boolean mayAfterRefusal() {
        return refusals++ < AFTER_REFUSALS;
    }

    /** Whether it was refused more than once: then it had better go by itself. */
    boolean isRefusedAgain() {
        return refusals > 1;
    }
}
