package io.playhook.organization;

import java.nio.charset.StandardCharsets;

import jakarta.enterprise.context.ApplicationScoped;

import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;

import io.playhook.platform.body.BodiesInFlight;
import io.playhook.platform.body.BodiesInFlight.Sender;
import io.playhook.platform.body.BodyReader;
import io.playhook.platform.problem.Problem;

/**
 * Has the body of a request gathered, once it is known whom it is from. Whoever shows no token in the header or in the query
 * gets no more read than an object may have that holds one.
 */
@ApplicationScoped
public class RequestBodies {

    private static final int LARGEST_OBJECT = 256 * 1024;

    private final BodyReader reader;

    RequestBodies(BodyReader reader) {
        this.reader = reader;
    }

    /** The body, as {@link BodyReader#read} gives it. */
    public Future<byte[]> gather(RoutingContext context, Sender sender) {
        int limit = sender instanceof Sender.Organization ? BodiesInFlight.LARGEST : LARGEST_OBJECT;
        return reader.read(context, sender, limit, RequestBodies::tooLarge);
    }

    // Only an object can hold a token, and there is none that large.
    private static Problem tooLarge(byte[] beginning) {
        if (beginning.length > LARGEST_OBJECT) {
            return Problem.tooLarge("The body may have at most %d bytes.".formatted(BodiesInFlight.LARGEST));
        }
        boolean isObject = new String(beginning, 0, Math.min(64, beginning.length), StandardCharsets.UTF_8)
                .strip()
                .startsWith("{");
        return isObject
                ? Problem.tooLarge("An object may have at most %d bytes.".formatted(LARGEST_OBJECT))
                : Authentication.missing();
    }
}
