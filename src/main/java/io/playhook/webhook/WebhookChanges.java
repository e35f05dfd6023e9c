package io.playhook.webhook;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.pubsub.PgSubscriber;
import org.jboss.logging.Logger;

import io.playhook.platform.database.Database;
import io.playhook.platform.database.DatabaseConnections;

/**
 * Tells every pod that something about a webhook has changed (its row, or its circuit), or that something waits which only
 * others than this pod may send, over {@code LISTEN/NOTIFY}. It makes things fast, never right: who hears nothing finds it in
 * the database at its next look.
 *
 * <p>Publishing itself does not notify: a commit with a notification takes a lock that the whole server shares.
 */
@ApplicationScoped
public class WebhookChanges {

    private static final Logger LOG = Logger.getLogger(WebhookChanges.class);
    private static final String CHANGED = "playhook_webhook";
    private static final String WAITING = "playhook_waiting";
    private static final String SEPARATOR = ",";
    private static final long RECONNECT_MS = 1_000;

    private final Database database;
    private final DatabaseConnections connections;
    private final Vertx vertx;
    private final List<IntConsumer> changed = new CopyOnWriteArrayList<>();
    private final List<IntConsumer> waiting = new CopyOnWriteArrayList<>();
    private volatile PgSubscriber subscriber;
    private volatile boolean closing;

    WebhookChanges(Database database, DatabaseConnections connections, Vertx vertx) {
        this.database = database;
        this.connections = connections;
        this.vertx = vertx;
    }

    /** Tells all pods, this one too. Never fails: what is not heard is found later. */
    public Uni<Void> announce(int webhookId) {
        return notify(CHANGED, Integer.toString(webhookId));
    }

    /** Tells all pods of many webhooks. */
    public Uni<Void> announce(Collection<Integer> webhookIds) {
        return webhookIds.isEmpty()
                ? Uni.createFrom().voidItem()
                : notify(
                        "select pg_notify($1, id::text) from unnest($2::int[]) as changed (id)",
                        CHANGED,
                        webhookIds.toArray(Integer[]::new));
    }

    /**
     * Tells all pods, this one too, that deliveries of webhooks wait for one that may send them. Never fails.
     *
     * @param webhookIds a few hundred at most: a notification holds 8,000 bytes
     */
    public Uni<Void> announceWaiting(Collection<Integer> webhookIds) {
        return notify(WAITING, webhookIds.stream().map(String::valueOf).collect(Collectors.joining(SEPARATOR)));
    }

    private Uni<Void> notify(String channel, String payload) {
        return notify("select pg_notify($1, $2)", channel, payload);
    }

    private Uni<Void> notify(String sql, String channel, Object payload) {
        return database.execute(sql, Tuple.of(channel, payload))
                .replaceWithVoid()
                .onFailure()
                .invoke(e -> LOG.debugf("Not announced on %s: %s", channel, e.getMessage()))
                .onFailure()
                .recoverWithNull();
    }

    /** Calls {@code listener} with the id of every webhook that changed on any pod. */
    public void listen(IntConsumer listener) {
        changed.add(listener);
    }

    /** Calls {@code listener} with the id of every webhook of which a pod says that something waits for another pod. */
    public void listenForWaiting(IntConsumer listener) {
        waiting.add(listener);
    }

    void start(@Observes StartupEvent event) {
        connect();
        vertx.setPeriodic(connections.responseTimeout().toMillis() / 3, timer -> askForASignOfLife());
    }

    /** Whether this pod hears of changes at the moment. */
    public boolean isListening() {
        PgSubscriber current = subscriber;
        return current != null && current.actualConnection() != null;
    }

    // A subscriber connects again by itself, but only once it has been connected.
    private void connect() {
        PgSubscriber fresh = PgSubscriber.subscriber(vertx, connections.listening());
        fresh.reconnectPolicy(attempt -> RECONNECT_MS);
        fresh.channel(CHANGED).handler(payload -> tell(changed, payload));
        fresh.channel(WAITING).handler(payload -> tell(waiting, payload));
        subscriber = fresh;
        fresh.connect().onFailure(fault -> {
            LOG.warnf("Not listening for changes yet: %s", fault.getMessage());
            vertx.setTimer(RECONNECT_MS, timer -> {
                if (!closing) {
                    connect();
                }
            });
        });
    }

    private void askForASignOfLife() {
        PgConnection connection = subscriber.actualConnection();
        if (connection != null) {
            connection.query("select 1").execute();
        }
    }

    void stop(@Observes ShutdownEvent event) {
        closing = true;
        subscriber.close();
    }

    private static void tell(List<IntConsumer> listeners, String payload) {
        for (String webhookId : payload.split(SEPARATOR)) {
            listeners.forEach(listener -> listener.accept(Integer.parseInt(webhookId)));
        }
    }
}
