package io.playhook.organization;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;

import jakarta.enterprise.context.ApplicationScoped;

import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.spi.ResteasyReactiveContainerRequestContext;

import io.playhook.platform.body.BodiesInFlight;
import io.playhook.platform.body.BodiesInFlight.Sender;
import io.playhook.platform.body.BodyReader;
import io.playhook.platform.body.Drain;
import io.playhook.platform.problem.Problem;

/**
 * Has the body of a request gathered before its resource is called, once it is known whom it is from: a token in the header
 * or in the query is looked at first. Whoever shows none there gets no more read than an object may have that holds one.
 */
@ApplicationScoped
class BodyFilter {

    private static final int LARGEST_OBJECT = 256 * 1024;
    private static final String ADMIN = "/v1/admin/";

    private final BodyReader reader;
    private final Authentication authentication;
    private final AdminGuard admin;
    private final CurrentVertxRequest current;

    BodyFilter(BodyReader reader, Authentication authentication, AdminGuard admin, CurrentVertxRequest current) {
        this.reader = reader;
        this.authentication = authentication;
        this.admin = admin;
        this.current = current;
    }

    @ServerRequestFilter
    Uni<Void> gather(ResteasyReactiveContainerRequestContext resource) {
        RoutingContext context = current.getCurrent();
        HttpMethod method = context.request().method();
        if (method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD)) {
            return Uni.createFrom().nullItem();
        }
        return sender(context)
                .onFailure()
                .invoke(refused -> Drain.begin(context))
                .chain(sender -> reader.read(context, sender, limit(sender), BodyFilter::tooLarge))
                .invoke(body -> resource.setEntityStream(new ByteArrayInputStream(body)))
                .replaceWithVoid();
    }

    private Uni<Sender> sender(RoutingContext context) {
        return Uni.createFrom().deferred(() -> {
            if (context.normalizedPath().startsWith(ADMIN)) {
                admin.check();
                return Uni.createFrom().item(new Sender.Admin());
            }
            return authentication
                    .callerOfHead()
                    .map(caller -> caller.<Sender>map(known -> new Sender.Organization(known.organizationId()))
                            .orElseGet(Sender.Unknown::new));
        });
    }

    private static int limit(Sender sender) {
        return sender instanceof Sender.Organization ? BodiesInFlight.LARGEST : LARGEST_OBJECT;
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
