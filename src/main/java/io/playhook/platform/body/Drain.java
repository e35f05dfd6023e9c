package io.playhook.platform.body;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;

/**
 * Takes in the rest of a body that is refused, and throws it away: most clients read no answer before they have sent all, and
 * never see it if the connection is cut meanwhile.
 */
public final class Drain implements Handler<Buffer> {

    /** What a client may go on sending, in bytes; beyond that the connection is cut. */
    static final int AT_MOST = 64 * 1024 * 1024;

    private final HttpServerRequest request;
    private long drained;

    private Drain(HttpServerRequest request) {
        this.request = request;
    }

    public static void begin(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (!request.isEnded()) {
            request.handler(new Drain(request));
            request.endHandler(ended -> {});
            request.resume();
        }
    }

    @Override
    public void handle(Buffer chunk) {
        drained += chunk.length();
        if (drained > AT_MOST) {
            request.handler(ignored -> {});
            hangUp(request);
        }
    }

    /** Takes in nothing more of a request: cuts its connection, or its stream where others share the connection. */
    static void hangUp(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            request.response().reset();
        } else {
            request.connection().close();
        }
    }
}
