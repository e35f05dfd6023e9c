package io.playhook.event;

import java.time.Duration;
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
import org.jboss.logging.Logger;

import io.playhook.delivery.queue.LeaseOffer;
import io.playhook.delivery.worker.DeliveryWorker;
import io.playhook.event.EventStore.Accepted;
import io.playhook.event.EventStore.KeyHolder;
import io.playhook.platform.Ids;
import io.playhook.platform.database.DatabaseFault;
import io.playhook.platform.problem.Problem;

/** Publishes events: commits them with all their deliveries, then hands those on that this pod can send at once. */
@ApplicationScoped
public class EventService {

    private static final Logger LOG = Logger.getLogger(EventService.class);

    /** For how long a publish whose answer was lost is repeated: a restart of the database is usually over by then. */
    private static final Duration REPEAT_FOR = Duration.ofSeconds(8);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

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
     *
     * @param requestKey stands for all submissions together
     */
    Uni<List<Published>> publish(
            int organizationId, List<Submission> submissions, Optional<RequestKey> requestKey, String traceParent) {
        Instant now = clock.instant();
        List<Candidate> candidates = submissions.stream()
                .map(submission -> new Candidate(submission, event(organizationId, submission, now, traceParent)))
                .toList();
        Batch batch =
                new Batch(organizationId, candidates, requestKey, worker.leaseOffer(organizationId, candidates.size()));
        return commit(batch)
                .onFailure(DatabaseFault::isAnswerLost)
                .recoverWithUni(lost -> commitAgain(batch))
                .invoke(committed -> dispatch(committed.accepted()))
                .map(committed -> answers(candidates, committed.holders(), committed.accepted()))
                // Goes on though the client hangs up: what is committed with our lease must be sent by us.
                .memoize()
                .indefinitely();
    }

    private record Batch(
            int organizationId, List<Candidate> candidates, Optional<RequestKey> requestKey, LeaseOffer lease) {}

    private record Committed(Map<String, KeyHolder> holders, Accepted accepted) {}

    private Uni<Committed> commit(Batch batch) {
        Map<String, KeyHolder> wanted = wantedKeys(batch);
        if (wanted.isEmpty()) {
            return store.accept(events(batch.candidates()), batch.lease())
                    .map(accepted -> new Committed(Map.of(), accepted));
        }
        return store.inTransaction(transaction -> store.reserveKeys(transaction, batch.organizationId(), wanted)
                .invoke(holders -> refuseOtherBodies(batch, holders))
                .chain(holders -> store.accept(transaction, events(firsts(batch, holders)), batch.lease())
                        .map(accepted -> new Committed(holders, accepted))));
    }

    /**
     * The connection was lost before the answer came, and with it whether the events are committed. They carry their ids,
     * so to insert them once more adds nothing if they are; if the first try is still under way, it is waited for.
     */
    private Uni<Committed> commitAgain(Batch batch) {
        return commit(batch)
                .chain(committed -> store.accepted(events(firsts(batch, committed.holders())), batch.lease())
                        .map(accepted -> new Committed(committed.holders(), accepted)))
                .onFailure(DatabaseFault::isUnavailable)
                .retry()
                .withBackOff(FIRST_PAUSE, LONGEST_PAUSE)
                .expireIn(REPEAT_FOR.toMillis())
                .onFailure(DatabaseFault::isUnavailable)
                .transform(EventService::unknown);
    }

    private static Throwable unknown(Throwable fault) {
        LOG.warnf("It is not known whether events were accepted, the database is away: %s", fault.getMessage());
        return Problem.unavailable("The database was lost while it accepted this: whether it did is not known. "
                + "With an idempotency key the request can be repeated safely.");
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

    private void dispatch(Accepted accepted) {
        worker.dispatch(accepted.leased());
        accepted.waiting().forEach(worker::queued);
    }
}
