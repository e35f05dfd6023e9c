package io.playhook.stream;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import org.eclipse.microprofile.config.inject.ConfigProperty;

import io.playhook.organization.Authentication;
import io.playhook.organization.Caller;
import io.playhook.organization.Credential;
import io.playhook.organization.Scope;
import io.playhook.organization.TokenHash;
import io.playhook.platform.Futures;
import io.playhook.platform.Ids;
import io.playhook.platform.json.FieldErrors;
import io.playhook.platform.problem.Problem;
import io.playhook.platform.problem.ProblemWriter;

/**
 * Server-sent events: {@code GET /v1/deliveries/stream}. It stands on the router itself, as a resource does not get to know how much a
 * client has taken. {@code META-INF/openapi.yaml} describes it.
 */
@ApplicationScoped
class StreamRoute {

    private static final String PATH = "/v1/deliveries/stream";
    private static final String EVENT_STREAM = "text/event-stream";
    private static final Set<String> STATUSES = Set.of("waiting", "delivered", "failed", "canceled", "superseded");
    private static final Pattern NUMBER = Pattern.compile(Ids.NUMBER);

    private static final int MOST = 1_000;
    private static final int MOST_OF_ORGANIZATION = 200;

    /** A client that takes nothing for so long is let go of; it can go on from where it was. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Authentication authentication;
    private final StreamRepository repository;
    private final Tail tail;
    private final StreamText text;
    private final ProblemWriter problems;
    private final Duration beatEvery;
    private final Map<Integer, Integer> ofOrganizations = new HashMap<>();
    private final Set<Connection> connections = new HashSet<>();
    private boolean closing;

    /** @param beatEvery how long a stream is silent at most; well within what balancers wait for */
    StreamRoute(
            Authentication authentication,
            StreamRepository repository,
            Tail tail,
            StreamText text,
            ProblemWriter problems,
            @ConfigProperty(name = "playhook.stream.beat", defaultValue = "15s") Duration beatEvery) {
        this.beatEvery = beatEvery;
        this.authentication = authentication;
        this.repository = repository;
        this.tail = tail;
        this.text = text;
        this.problems = problems;
    }

    void register(@Observes Router router) {
        router.get(PATH).handler(this::listen);
    }

    // They go on at another pod, or at this one's successor; meanwhile it would be waited for them.
    void stopping(@Observes ShutdownDelayInitiatedEvent event) {
        closeAll();
    }

    void stop(@Observes ShutdownEvent event) {
        closeAll();
    }

    private void listen(RoutingContext context) {
        Future.succeededFuture()
                .compose(now -> {
                    negotiate(context);
                    return caller(context);
                })
                .compose(caller -> begin(context, caller))
                .onFailure(fault -> refuse(context, fault));
    }

    private record Allowed(TokenHash token, Caller caller) {}

    private Future<Allowed> caller(RoutingContext context) {
        TokenHash token =
                TokenHash.of(Authentication.tokenOfHead(context.request()).orElseThrow(Authentication::missing));
        return Futures.of(authentication.check(token, Scope.EVENTS_READ))
                .map(Credential::caller)
                .map(caller -> new Allowed(token, caller));
    }

    private Future<Void> begin(RoutingContext context, Allowed allowed) {
        FieldErrors errors = new FieldErrors();
        Filter filter = new Filter(
                parameter(context, "webhook_id", errors).flatMap(text -> number(text, errors)),
                parameter(context, "status", errors).flatMap(text -> status(text, errors)));
        int organizationId = allowed.caller().organizationId();
        Optional<StreamText.Shown> shown = lastId(context).flatMap(id -> {
            Optional<StreamText.Shown> its = text.read(organizationId, id);
            if (its.isEmpty()) {
                errors.add("Last-Event-ID", "is none that this stream has given");
            }
            return its;
        });
        errors.throwIfAny();
        return position(shown).map(position -> {
            open(context, allowed, filter, position);
            return null;
        });
    }

    private static Optional<String> lastId(RoutingContext context) {
        return Optional.ofNullable(context.request().getHeader("Last-Event-ID")).filter(id -> !id.isEmpty());
    }

    private Future<StreamPosition> position(Optional<StreamText.Shown> shown) {
        if (shown.isEmpty()) {
            return Futures.of(repository.behind(StreamPosition.before(Long.MAX_VALUE), List.of()))
                    .map(page -> StreamPosition.before(page.horizon()));
        }
        StreamPosition position = shown.get().position();
        return Futures.of(repository.isGood(position, shown.get().reached())).map(good -> {
            if (!good) {
                throw Problem.badRequest("Last-Event-ID: it is too old: attempts behind it are not kept any more. Begin"
                        + " without one, and look for what may have been missed in the list of deliveries.");
            }
            return position;
        });
    }

    private void open(RoutingContext context, Allowed allowed, Filter filter, StreamPosition position) {
        HttpServerResponse response = context.response();
        if (response.closed()) {
            return;
        }
        Context here = Vertx.currentContext();
        Listener listener = new Listener(
                repository, tail, text, here, response, allowed.caller().organizationId(), filter, position);
        Connection connection = new Connection(here, response, listener, allowed);
        add(connection);
        response.closeHandler(closed -> remove(connection));
        response.exceptionHandler(broken -> remove(connection));
        response.setChunked(true)
                .putHeader(HttpHeaders.CONTENT_TYPE, EVENT_STREAM)
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache, no-transform")
                // Or nginx would keep it back until it has a buffer full.
                .putHeader("X-Accel-Buffering", "no");
        connection.begin();
    }

    /** An open stream. */
    private final class Connection {
        private final Context context;
        private final HttpServerResponse response;
        private final Listener listener;
        private final Allowed allowed;
        private long timer;
        private int missed;

        Connection(Context context, HttpServerResponse response, Listener listener, Allowed allowed) {
            this.context = context;
            this.response = response;
            this.listener = listener;
            this.allowed = allowed;
        }

        void begin() {
            // So that the client knows that it is connected.
            listener.beat();
            timer = context.owner().setPeriodic(beatEvery.toMillis(), beat -> context.runOnContext(now -> beat()));
            listener.catchUp();
        }

        private void beat() {
            missed = listener.beat() ? 0 : missed + 1;
            if (beatEvery.multipliedBy(missed).compareTo(PATIENCE) >= 0) {
                // What it has not taken is in the way of an end.
                response.reset();
                context.runOnContext(now -> remove(this));
                return;
            }
            authentication.check(allowed.token(), Scope.EVENTS_READ).subscribe().with(still -> {}, fault -> {
                if (fault instanceof Problem problem && problem.status() < 500) {
                    close();
                }
            });
        }

        void close() {
            context.runOnContext(now -> {
                remove(this);
                if (!response.ended() && !response.closed()) {
                    response.end();
                }
            });
        }

        void ended() {
            listener.end();
            context.owner().cancelTimer(timer);
        }
    }

    private synchronized void add(Connection connection) {
        int organizationId = connection.allowed.caller().organizationId();
        if (closing) {
            throw Problem.unavailable("This pod is about to stop: connect again.");
        }
        if (connections.size() >= MOST || ofOrganizations.getOrDefault(organizationId, 0) >= MOST_OF_ORGANIZATION) {
            throw Problem.tooMany("There are as many streams open as there may be: %d of an organization, %d in all."
                    .formatted(MOST_OF_ORGANIZATION, MOST));
        }
        connections.add(connection);
        ofOrganizations.merge(organizationId, 1, Integer::sum);
    }

    private void remove(Connection connection) {
        synchronized (this) {
            if (!connections.remove(connection)) {
                return;
            }
            ofOrganizations.computeIfPresent(
                    connection.allowed.caller().organizationId(), (id, count) -> count == 1 ? null : count - 1);
        }
        connection.ended();
    }

    private void closeAll() {
        List<Connection> open;
        synchronized (this) {
            closing = true;
            open = List.copyOf(connections);
        }
        open.forEach(Connection::close);
    }

    private void refuse(RoutingContext context, Throwable fault) {
        if (!context.response().closed()) {
            problems.answer(
                    context, ProblemWriter.problemOf(fault, context.request().path()));
        }
    }

    private static Optional<String> parameter(RoutingContext context, String name, FieldErrors errors) {
        List<String> given = context.queryParam(name);
        if (given.size() > 1) {
            errors.add(name, "stands there twice");
        }
        return given.stream().findFirst().filter(text -> !text.isEmpty());
    }

    private static Optional<Integer> number(String text, FieldErrors errors) {
        if (NUMBER.matcher(text).matches() && Long.parseLong(text) <= Integer.MAX_VALUE) {
            return Optional.of(Integer.valueOf(text));
        }
        errors.add("webhook_id", "must be a number");
        return Optional.empty();
    }

    private static Optional<String> status(String text, FieldErrors errors) {
        if (STATUSES.contains(text)) {
            return Optional.of(text);
        }
        errors.add(
                "status",
                "must be one of " + String.join(", ", STATUSES.stream().sorted().toList()));
        return Optional.empty();
    }

    private static void negotiate(RoutingContext context) {
        String accept = context.request().getHeader(HttpHeaders.ACCEPT);
        if (accept == null || accept.equals("*/*") || accept.equals(EVENT_STREAM)) {
            return;
        }
        try {
            if (context.parsedHeaders().accept().stream()
                    .noneMatch(wanted -> wanted.weight() > 0
                            && Set.of("text", "*").contains(wanted.component())
                            && Set.of("event-stream", "*").contains(wanted.subComponent()))) {
                throw Problem.wrongAccept();
            }
        } catch (IllegalArgumentException notWellFormed) {
            throw Problem.wrongAccept();
        }
    }
}
