package io.playhook.event;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;

import io.playhook.delivery.Delivery;
import io.playhook.delivery.DeliveryWorker;
import io.playhook.delivery.LeaseOffer;
import io.playhook.event.EventStore.KeyHolder;
import io.playhook.event.EventStore.Queued;
import io.playhook.platform.Ids;
import io.playhook.platform.Problem;

/** Publishes events: commits them with all their deliveries, then hands those on that this pod can send at once. */
@ApplicationScoped
public class EventService {

    private final EventStore store;
    private final DeliveryWorker worker;
    private final Ids ids;
    private final InstantSource clock;

    EventService(EventStore store, DeliveryWorker worker, Ids ids, InstantSource clock) {
        this.store = store;
        this.worker = worker;
        this.ids = ids;
        this.clock = clock;
    }

    /** A submission with the event that it is to become. */
    private record Candidate(Submission submission, PlayerEvent event) {

        boolean isFirstOf(Map<String, KeyHolder> holders) {
            String key = submission.idempotencyKey();
            return key == null || holders.get(key).eventId().equals(event.id());
        }
    }

    /**
     * Accepts all events or none, and gives an answer for each, in their order. All are committed when it completes.
     * Fails with a 409 {@link Problem} if an idempotency key was used with another body.
     */
    Uni<List<Published>> publish(int organizationId, List<Submission> submissions, String traceParent) {
        Instant now = clock.instant();
        LeaseOffer lease = worker.leaseOffer(now);
        List<Candidate> candidates = submissions.stream()
                .map(submission -> new Candidate(submission, event(organizationId, submission, now, traceParent)))
                .toList();
        boolean withKeys = submissions.stream().anyMatch(s -> s.idempotencyKey() != null);
        Uni<List<Published>> published =
                withKeys ? publishOnce(organizationId, candidates, now, lease) : publishAll(candidates, now, lease);
        // Goes on to the end though the client hangs up meanwhile: what is committed with our lease must be sent by us.
        return published.memoize().indefinitely();
    }

    private Uni<List<Published>> publishAll(List<Candidate> candidates, Instant now, LeaseOffer lease) {
        return store.accept(events(candidates), now, lease)
                .invoke(this::dispatch)
                .map(queued -> answers(candidates, Map.of(), queued));
    }

    private Uni<List<Published>> publishOnce(
            int organizationId, List<Candidate> candidates, Instant now, LeaseOffer lease) {
        Map<String, KeyHolder> wanted = wantedKeys(candidates);
        return store.inTransaction(transaction -> store.reserveKeys(transaction, organizationId, wanted, now)
                        .invoke(holders -> refuseOtherBodies(candidates, holders))
                        .chain(holders -> store.accept(transaction, events(firsts(candidates, holders)), now, lease)
                                .map(queued -> new Accepted(holders, queued))))
                .invoke(accepted -> dispatch(accepted.queued()))
                .map(accepted -> answers(candidates, accepted.holders(), accepted.queued()));
    }

    private record Accepted(Map<String, KeyHolder> holders, List<Queued> queued) {}

    private PlayerEvent event(int organizationId, Submission submission, Instant now, String traceParent) {
        Instant occurredAt = submission.occurredAt() == null ? now : submission.occurredAt();
        return new PlayerEvent(
                ids.next(),
                organizationId,
                submission.type(),
                submission.playerUuid(),
                submission.player(),
                occurredAt,
                traceParent);
    }

    // Where a key stands twice in one array, the first event takes it and the second is its duplicate.
    private static Map<String, KeyHolder> wantedKeys(List<Candidate> candidates) {
        Map<String, KeyHolder> wanted = new LinkedHashMap<>();
        for (Candidate candidate : candidates) {
            String key = candidate.submission().idempotencyKey();
            if (key != null) {
                wanted.putIfAbsent(
                        key,
                        new KeyHolder(
                                candidate.event().id(), candidate.submission().fingerprint()));
            }
        }
        return wanted;
    }

    private static void refuseOtherBodies(List<Candidate> candidates, Map<String, KeyHolder> holders) {
        for (Candidate candidate : candidates) {
            String key = candidate.submission().idempotencyKey();
            KeyHolder holder = key == null ? null : holders.get(key);
            if (holder != null
                    && !Arrays.equals(
                            holder.fingerprint(), candidate.submission().fingerprint())) {
                throw Problem.conflict("The idempotency key \"%s\" was used with another body.".formatted(key));
            }
        }
    }

    private static List<Candidate> firsts(List<Candidate> candidates, Map<String, KeyHolder> holders) {
        return candidates.stream()
                .filter(candidate -> candidate.isFirstOf(holders))
                .toList();
    }

    private static List<PlayerEvent> events(List<Candidate> candidates) {
        return candidates.stream().map(Candidate::event).toList();
    }

    private static List<Published> answers(
            List<Candidate> candidates, Map<String, KeyHolder> holders, List<Queued> queued) {
        Map<UUID, Long> deliveries = queued.stream()
                .collect(Collectors.groupingBy(q -> q.delivery().event().id(), Collectors.counting()));
        List<Published> answers = new ArrayList<>(candidates.size());
        for (Candidate candidate : candidates) {
            UUID id = candidate.event().id();
            answers.add(
                    candidate.isFirstOf(holders)
                            ? new Published(id, deliveries.getOrDefault(id, 0L).intValue(), null)
                            : new Published(
                                    holders.get(candidate.submission().idempotencyKey())
                                            .eventId(),
                                    0,
                                    true));
        }
        return answers;
    }

    private void dispatch(List<Queued> queued) {
        List<Delivery> leased =
                queued.stream().filter(Queued::leased).map(Queued::delivery).toList();
        worker.dispatch(leased);
    }
}
