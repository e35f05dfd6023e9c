package io.playhook.platform.body;

import java.util.function.Function;

import jakarta.enterprise.context.ApplicationScoped;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;

import io.playhook.platform.body.BodiesInFlight.Body;
import io.playhook.platform.body.BodiesInFlight.Sender;
import io.playhook.platform.problem.Problem;

/**
 * Gathers the body of a request without a thread, and counts it until the request is answered. The framework would gather
 * what is large on threads that wait for it, of which slow senders could take all.
 */
@ApplicationScoped
public class BodyReader {

    private final BodiesInFlight bodies;
    private final BodyConfig config;
    private final Vertx vertx;

    BodyReader(BodiesInFlight bodies, BodyConfig config, Vertx vertx) {
        this.bodies = bodies;
        this.config = config;
        this.vertx = vertx;
    }

    /**
     * The body of a request, which is paused. Fails with the {@link Problem} of one that is too large, too slow, or for which
     * there is no room; does not complete if the sender goes away.
     *
     * @param limit in bytes
     * @param tooLarge says what to answer to a larger one, of which it gets the beginning
     */
    public Future<byte[]> read(RoutingContext context, Sender sender, int limit, Function<byte[], Problem> tooLarge) {
        Promise<byte[]> gathered = Promise.promise();
        if (context.response().closed()) {
            // Gone already; nothing would say so again, and its body would be counted for ever.
            return gathered.future();
        }
        try {
            Body body = open(context, sender);
            context.addEndHandler(ended -> body.close());
            if (context.request().isEnded()) {
                gathered.complete(new byte[0]);
            } else {
                new Gathering(context, body, limit, tooLarge, gathered).begin();
            }
        } catch (Problem noRoom) {
            gathered.fail(noRoom);
        }
        return gathered.future();
    }

    private Body open(RoutingContext context, Sender sender) {
        try {
            return bodies.open(sender);
        } catch (Problem noRoom) {
            Drain.begin(context);
            throw noRoom;
        }
    }

    private final class Gathering {

        private final RoutingContext context;
        private final HttpServerRequest request;
        private final Body body;
        private final int limit;
        private final Function<byte[], Problem> tooLarge;
        private final Promise<byte[]> promise;
        private final Buffer gathered = Buffer.buffer();
        private final long timer;

        Gathering(
                RoutingContext context,
                Body body,
                int limit,
                Function<byte[], Problem> tooLarge,
                Promise<byte[]> promise) {
            this.context = context;
            this.request = context.request();
            this.body = body;
            this.limit = limit;
            this.tooLarge = tooLarge;
            this.promise = promise;
            this.timer = vertx.setTimer(config.timeout().toMillis(), late -> tooSlow());
        }

        void begin() {
            request.handler(this::more);
            request.endHandler(v -> {
                vertx.cancelTimer(timer);
                promise.tryComplete(gathered.getBytes());
            });
            request.exceptionHandler(gone -> vertx.cancelTimer(timer));
            if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
                request.response().writeContinue();
            }
            request.resume();
        }

        private void more(Buffer chunk) {
            try {
                if (gathered.length() + chunk.length() > limit) {
                    throw tooLarge.apply(gathered.getBytes());
                }
                body.add(chunk.length());
                gathered.appendBuffer(chunk);
            } catch (Problem refused) {
                refuse(refused);
            }
        }

        private void tooSlow() {
            // What is missing would be taken for the next request.
            context.addEndHandler(answered -> Drain.hangUp(request));
            refuse(Problem.tooSlow("The body did not come within %d seconds."
                    .formatted(config.timeout().toSeconds())));
        }

        private void refuse(Problem problem) {
            vertx.cancelTimer(timer);
            Drain.begin(context);
            promise.tryFail(problem);
        }
    }
}
