package io.playhook.event;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.MIMEHeader;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

import io.playhook.event.EventReader.Parsed;
import io.playhook.organization.Authentication;
import io.playhook.organization.Credential;
import io.playhook.organization.RequestBodies;
import io.playhook.organization.Scope;
import io.playhook.platform.Futures;
import io.playhook.platform.TraceParent;
import io.playhook.platform.body.BodiesInFlight.Sender;
import io.playhook.platform.body.Drain;
import io.playhook.platform.problem.Problem;
import io.playhook.platform.problem.ProblemWriter;

/**
 * Takes events in: {@code POST /v1/events}. Most requests are this one, so it stands on the router itself: what the resource
 * layer does for each request would cost more than the event (ADR 31). {@code META-INF/openapi.yaml} describes it.
 */
@ApplicationScoped
class PublishRoute {

    private static final String PATH = "/v1/events";
    private static final String JSON = "application/json";

    private final Authentication authentication;
    private final RequestBodies bodies;
    private final EventReader reader;
    private final EventService service;
    private final ProblemWriter problems;

    PublishRoute(
            Authentication authentication,
            RequestBodies bodies,
            EventReader reader,
            EventService service,
            ProblemWriter problems) {
        this.authentication = authentication;
        this.bodies = bodies;
        this.reader = reader;
        this.service = service;
        this.problems = problems;
    }

    void register(@Observes Router router) {
        router.post(PATH).handler(this::publish);
    }

    private void publish(RoutingContext context) {
        try {
            negotiate(context);
            Optional<String> token = Authentication.tokenOfHead(context.request());
            Future<Answer> answer = token.isPresent() ? publishAs(context, token.get()) : publishAsBodySays(context);
            answer.onSuccess(published -> answer(context, published)).onFailure(fault -> refuse(context, fault));
        } catch (RuntimeException fault) {
            refuse(context, fault);
        }
    }

    private Future<Answer> publishAs(RoutingContext context, String token) {
        return authentication
                .presume(token, Scope.EVENTS_WRITE)
                .compose(publisher -> bodies.gather(
                                context,
                                new Sender.Organization(publisher.caller().organizationId()))
                        .compose(reader::parse)
                        .compose(body -> publish(context, publisher, body))
                        .recover(fault -> confirm(publisher, fault)));
    }

    private Future<Answer> publishAsBodySays(RoutingContext context) {
        return bodies.gather(context, new Sender.Unknown())
                .compose(reader::parse)
                .compose(body -> authentication
                        .presume(Authentication.tokenOfBody(body.object()), Scope.EVENTS_WRITE)
                        .compose(publisher ->
                                publish(context, publisher, body).recover(fault -> confirm(publisher, fault))));
    }

    private Future<Answer> publish(RoutingContext context, Credential publisher, Parsed body) {
        HttpServerRequest request = context.request();
        String traceParent = request.getHeader("traceparent");
        Optional<String> key =
                Optional.ofNullable(request.getHeader("Idempotency-Key")).filter(header -> !header.isEmpty());
        return reader.read(body, key)
                .compose(read -> service.publish(publisher, read, TraceParent.isValid(traceParent) ? traceParent : null)
                        .map(published -> new Answer(read.isArray(), published)));
    }

    /** Whoever may not publish is told that, and not what is wrong with the body. */
    private Future<Answer> confirm(Credential publisher, Throwable fault) {
        return !publisher.isChecked() && fault instanceof Problem problem && problem.status() < 500
                ? Futures.of(authentication.check(publisher.token(), Scope.EVENTS_WRITE))
                        .compose(checked -> Future.failedFuture(fault))
                : Future.failedFuture(fault);
    }

    private record Answer(boolean isArray, List<Published> published) {

        boolean isNew() {
            return published.stream().anyMatch(event -> !event.isDuplicate());
        }

        String json() {
            return isArray
                    ? published.stream().map(Published::json).collect(Collectors.joining(",", "{\"events\":[", "]}"))
                    : published.get(0).json();
        }
    }

    private static void answer(RoutingContext context, Answer answer) {
        if (!context.response().closed()) {
            context.response()
                    .setStatusCode(answer.isNew() ? 202 : 200)
                    .putHeader(HttpHeaders.CONTENT_TYPE, JSON)
                    .end(answer.json());
        }
    }

    private void refuse(RoutingContext context, Throwable fault) {
        Problem problem = ProblemWriter.problemOf(fault, context.request().path());
        if (!context.response().closed()) {
            Drain.begin(context);
            problems.answer(context, problem);
        }
    }

    private static void negotiate(RoutingContext context) {
        String type = context.request().getHeader(HttpHeaders.CONTENT_TYPE);
        if (type != null && !type.equals(JSON) && !isJson(context)) {
            throw Problem.wrongContentType();
        }
        String accept = context.request().getHeader(HttpHeaders.ACCEPT);
        if (accept != null && !accept.equals("*/*") && !accept.equals(JSON) && !acceptsJson(context)) {
            throw Problem.wrongAccept();
        }
    }

    private static boolean isJson(RoutingContext context) {
        return readably(() -> isJson(context.parsedHeaders().contentType()));
    }

    private static boolean acceptsJson(RoutingContext context) {
        return readably(() ->
                context.parsedHeaders().accept().stream().anyMatch(wanted -> wanted.weight() > 0 && isJson(wanted)));
    }

    // The router's parser breaks, in several ways, on headers that are not well formed.
    private static boolean readably(BooleanSupplier question) {
        try {
            return question.getAsBoolean();
        } catch (RuntimeException notWellFormed) {
            return false;
        }
    }

    private static boolean isJson(MIMEHeader type) {
        return Set.of("application", "*").contains(type.component())
                && Set.of("json", "*").contains(type.subComponent());
    }
}
