package io.playhook.event;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;

import io.smallrye.mutiny.Uni;

import io.playhook.delivery.queue.LeaseOffer;
import io.playhook.delivery.worker.DeliveryWorker;
import io.playhook.event.EventStore.Accepted;
import io.playhook.event.IdempotencyKeyRepository.KeyHolder;
import io.playhook.platform.Ids;
import io.playhook.platform.database.DatabaseFault;
import io.playhook.platform.problem.Problem;

/** Publishes events, each idempotency key once. */
@ApplicationScoped
public class EventService {

    private final EventStore store;
    private final IdempotencyKeyRepository keys;
    private final Acceptor acceptor;
    private final DeliveryWorker worker;
    private final Ids ids;
    private final InstantSource clock;

    EventService(
            EventStore store,
            IdempotencyKeyRepository keys,
            Acceptor acceptor,
            DeliveryWorker worker,
            Ids ids,
            InstantSource clock) {
        this.store = store;
        this.keys = keys;
        this.acceptor = acceptor;
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
     *
     * @param requestKey stands for all submissions together
     */
    Uni<List<Published>> publish(
            int organizationId, List<Submission> submissions, Optional<RequestKey> requestKey, String traceParent) {
        Instant now = clock.instant();
        List<Candidate> candidates = submissions.stream()
                .map(submission -> new Candidate(submission, event(organizationId, submission, now, traceParent)))
                .toList();
        Batch batch = new Batch(organizationId, candidates, requestKey);
        Map<String, KeyHolder> wanted = wantedKeys(batch);
        Uni<List<Published>> published;
        if (wanted.isEmpty()) {
            published = acceptor.accept(events(candidates)).map(accepted -> answers(candidates, Map.of(), accepted));
        } else if (candidates.size() == 1 && wanted.size() == 1) {
            published = underItsKey(batch, wanted);
        } else {
            published = underKeys(batch, wanted);
        }
        // Goes on though the client hangs up: what is committed with our lease must be sent by us.
        return published.memoize().indefinitely();
    }

    private record Batch(int organizationId, List<Candidate> candidates, Optional<RequestKey> requestKey) {}

    private record Committed(Map<String, KeyHolder> holders, Accepted accepted) {}

    /** One event that is new, as most are, goes with others. */
    private Uni<List<Published>> underItsKey(Batch batch, Map<String, KeyHolder> wanted) {
        Map.Entry<String, KeyHolder> key = wanted.entrySet().iterator().next();
        PlayerEvent event = batch.candidates().get(0).event();
        // Made before the first try, whose lease may be the one that stands: it must not be thought to last longer.
        LeaseOffer lease = offer(batch);
        return acceptor.accept(
                        event, new RequestKey(key.getKey(), key.getValue().fingerprint()))
                .chain(accepted -> accepted.refused().contains(event.id())
                        ? underKeys(batch, wanted)
                        : Uni.createFrom().item(answers(batch.candidates(), wanted, accepted)))
                .onFailure(DatabaseFault::isAnswerLost)
                .recoverWithUni(lost -> answered(batch, again(batch, wanted, lease)));
    }

    /** By itself: its keys may have to be waited for. */
    private Uni<List<Published>> underKeys(Batch batch, Map<String, KeyHolder> wanted) {
        LeaseOffer lease = offer(batch);
        return answered(
                batch,
                commit(batch, wanted, lease)
                        .onFailure(DatabaseFault::isAnswerLost)
                        .recoverWithUni(lost -> again(batch, wanted, lease)));
    }

    private LeaseOffer offer(Batch batch) {
        return worker.leaseOffer(
                Map.of(batch.organizationId(), batch.candidates().size()));
    }

    private Uni<Committed> again(Batch batch, Map<String, KeyHolder> wanted, LeaseOffer lease) {
        return Acceptor.repeat(
                () -> commit(batch, wanted, lease),
                committed -> store.accepted(events(firsts(batch, committed.holders())), lease)
                        .map(accepted -> new Committed(committed.holders(), accepted)));
    }

    private Uni<List<Published>> answered(Batch batch, Uni<Committed> committing) {
        return committing
                .invoke(committed -> acceptor.dispatch(committed.accepted()))
                .map(committed -> answers(batch.candidates(), committed.holders(), committed.accepted()));
    }

    private Uni<Committed> commit(Batch batch, Map<String, KeyHolder> wanted, LeaseOffer lease) {
        return store.inTransaction(transaction -> keys.reserve(transaction, batch.organizationId(), wanted)
                .invoke(holders -> refuseOtherBodies(batch, holders))
                .chain(holders -> store.accept(transaction, events(firsts(batch, holders)), lease)
                        .map(accepted -> new Committed(holders, accepted))));
    }

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
    private static Map<String, KeyHolder> wantedKeys(Batch batch) {
        Map<String, KeyHolder> wanted = new LinkedHashMap<>();
        batch.requestKey()
                .ifPresent(request -> wanted.put(
                        request.key(),
                        new KeyHolder(batch.candidates().get(0).event().id(), request.fingerprint())));
        for (Candidate candidate : batch.candidates()) {
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

    private static void refuseOtherBodies(Batch batch, Map<String, KeyHolder> holders) {
        batch.requestKey().ifPresent(request -> refuseOtherBody(request.key(), request.fingerprint(), holders));
        for (Candidate candidate : batch.candidates()) {
            Submission submission = candidate.submission();
            if (submission.idempotencyKey() != null) {
                refuseOtherBody(submission.idempotencyKey(), submission.fingerprint(), holders);
            }
        }
    }

    private static void refuseOtherBody(String key, byte[] fingerprint, Map<String, KeyHolder> holders) {
        if (!Arrays.equals(holders.get(key).fingerprint(), fingerprint)) {
            throw Problem.conflict("The idempotency key \"%s\" was used with another body.".formatted(key));
        }
    }

    private static List<Candidate> firsts(Batch batch, Map<String, KeyHolder> holders) {
        return batch.candidates().stream()
                .filter(candidate -> candidate.isFirstOf(holders))
                .toList();
    }

    private static List<PlayerEvent> events(List<Candidate> candidates) {
        return candidates.stream().map(Candidate::event).toList();
    }

    private static List<Published> answers(
            List<Candidate> candidates, Map<String, KeyHolder> holders, Accepted accepted) {
        List<Published> answers = new ArrayList<>(candidates.size());
        for (Candidate candidate : candidates) {
            UUID id = candidate.event().id();
            answers.add(
                    candidate.isFirstOf(holders)
                            ? new Published(id, accepted.deliveriesOf(id), null)
                            : new Published(
                                    holders.get(candidate.submission().idempotencyKey())
                                            .eventId(),
                                    0,
                                    true));
        }
        return answers;
    }
}
