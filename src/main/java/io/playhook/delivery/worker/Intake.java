package io.playhook.delivery.worker;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import io.smallrye.mutiny.Uni;
import org.jboss.logging.Logger;

import io.playhook.delivery.Delivery;
import io.playhook.delivery.lane.Lane;
import io.playhook.delivery.lane.Lanes;
import io.playhook.webhook.WebhookTarget;
import io.playhook.webhook.WebhookTargets;

/** Takes on deliveries that this pod has leased: each goes to its lane, which has to know its webhook first. */
@ApplicationScoped
class Intake {

    private static final Logger LOG = Logger.getLogger(Intake.class);

    private final Lanes lanes;
    private final Targets targets;

    /** Where webhooks are read: those that can be sent to, by id. */
    @FunctionalInterface
    interface Targets {
        Uni<Map<Integer, WebhookTarget>> load(Collection<Integer> webhookIds);
    }

    @Inject
    Intake(Lanes lanes, WebhookTargets targets) {
        this(lanes, targets::load);
    }

    Intake(Lanes lanes, Targets targets) {
        this.lanes = lanes;
        this.targets = targets;
    }

    /** Sends deliveries that this pod has leased. */
    void take(List<Delivery> leased) {
        Map<Integer, List<Delivery>> byWebhook =
                leased.stream().filter(lanes::hold).collect(Collectors.groupingBy(Delivery::webhookId));
        Map<Lane, List<Delivery>> unknown = new LinkedHashMap<>();
        byWebhook.forEach((webhookId, deliveries) -> {
            Lane lane = lanes.reserve(webhookId, deliveries);
            if (lane.isStale(newest(deliveries))) {
                unknown.put(lane, deliveries);
            } else {
                lane.offer(deliveries);
            }
        });
        if (!unknown.isEmpty()) {
            load(unknown);
        }
    }

    private void load(Map<Lane, List<Delivery>> byLane) {
        List<Integer> webhookIds = byLane.keySet().stream().map(Lane::webhookId).toList();
        targets.load(webhookIds)
                .subscribe()
                .with(
                        loaded -> byLane.forEach((lane, deliveries) -> {
                            if (loaded.containsKey(lane.webhookId())) {
                                lane.update(loaded.get(lane.webhookId()));
                                lane.offer(deliveries);
                            } else {
                                // Deleted meanwhile, or its secret can't be opened: nothing is gained from trying again
                                // at once.
                                lane.unsendable();
                                lane.decline(deliveries);
                            }
                        }),
                        fault -> {
                            LOG.warnf(
                                    "Webhooks can't be read, their deliveries are given back: %s", fault.getMessage());
                            byLane.forEach(Lane::decline);
                        });
    }

    private static int newest(List<Delivery> deliveries) {
        return deliveries.stream().mapToInt(Delivery::webhookVersion).max().orElseThrow();
    }
}
