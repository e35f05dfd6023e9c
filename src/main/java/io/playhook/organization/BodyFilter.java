package io.playhook.organization;

import java.io.ByteArrayInputStream;

import jakarta.enterprise.context.ApplicationScoped;

import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.spi.ResteasyReactiveContainerRequestContext;

import io.playhook.platform.body.BodiesInFlight.Sender;
import io.playhook.platform.body.Drain;

/**
 * Has the body of a request gathered before its resource is called, once it is known whom it is from: a token in the header
 * or in the query is looked at first.
 */
@ApplicationScoped
class BodyFilter {

    private static final String ADMIN = "/v1/admin/";

    private final RequestBodies bodies;
    private final Authentication authentication;
    private final AdminGuard admin;
    private final CurrentVertxRequest current;

    BodyFilter(RequestBodies bodies, Authentication authentication, AdminGuard admin, CurrentVertxRequest current) {
        this.bodies = bodies;
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
                .chain(sender -> gather(context, sender))
                .invoke(body -> resource.setEntityStream(new ByteArrayInputStream(body)))
                .replaceWithVoid();
    }

    private Uni<byte[]> gather(RoutingContext context, Sender sender) {
        return Uni.createFrom()
                .emitter(emitter -> bodies.gather(context, sender)
                        .onSuccess(emitter::complete)
                        .onFailure(emitter::fail));
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
}
