package io.playhook.delivery.worker;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

import jakarta.enterprise.context.ApplicationScoped;

import io.vertx.core.Vertx;

import io.playhook.webhook.WebhookChanges;

/**
 * Tells the other pods of deliveries that this one does not send: since it has no share of what their webhooks allow, where
 * there are more pods than a webhook allows requests at once; or since it stops.
 */
@ApplicationScoped
class Handover {

    /** All that comes up within this time goes out as one notification: the server makes them one after the other. */
    private static final long COLLECT_MS = 20;

    private static final int IN_ONE = 500;

    private final WebhookChanges changes;
    private final Vertx vertx;

    private final Set<Integer> webhookIds = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean collecting = new AtomicBoolean();

    Handover(WebhookChanges changes, Vertx vertx) {
        this.changes = changes;
        this.vertx = vertx;
    }

    /** Something of a webhook waits for another pod. */
    void toOthers(int webhookId) {
        webhookIds.add(webhookId);
        collect();
    }

    private void collect() {
        if (collecting.compareAndSet(false, true)) {
            vertx.setTimer(COLLECT_MS, timer -> tell());
        }
    }

    private void tell() {
        List<Integer> some = webhookIds.stream().limit(IN_ONE).toList();
        some.forEach(webhookIds::remove);
        changes.announceWaiting(some).subscribe().with(told -> {
            collecting.set(false);
            if (!webhookIds.isEmpty()) {
                collect();
            }
        });
    }
}
