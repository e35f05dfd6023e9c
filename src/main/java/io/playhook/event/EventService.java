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
import io.vertx.core.Future;

import io.playhook.delivery.queue.LeaseOffer;
import io.playhook.delivery.worker.DeliveryWorker;
import io.playhook.event.EventReader.Read;
import io.playhook.event.EventStore.Accepted;
import io.playhook.event.IdempotencyKeyRepository.KeyHolder;
import io.playhook.organization.Authentication;
import io.playhook.organization.Credential;
import io.playhook.organization.Scope;
import io.playhook.platform.Futures;
import io.playhook.platform.Ids;
import io.playhook.platform.database.DatabaseFault;
import io.playhook.platform.problem.Problem;

/** Publishes events, each idempotency key once. */
@ApplicationScoped
public class EventService {

    private final Authentication authentication;
    private final EventStore store;
    private final IdempotencyKeyRepository keys;
    private final Acceptor acceptor;
    private final DeliveryWorker worker;
    private final Ids ids;
    private final InstantSource clock;

    EventService(
            Authentication authentication,
            EventStore store,
            IdempotencyKeyRepository keys,
            Acceptor acceptor,
            DeliveryWorker worker,
            Ids ids,
            InstantSource clock) {
        this.authentication = authentication;
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
     * Accepts all events or none, and gives an answer for each, in their order. All are committed when it completes, even if
     * the client has hung up: what is committed with our lease must be sent by us. Fails with a 409 {@link Problem} if an
     * idempotency key was used with another body, with a 401 or 403 one if the publisher's token does not allow it any more.
     */
    Future<List<Published>> publish(Credential publisher, Read read, String traceParent) {
        Instant now = clock.instant();
        int organizationId = publisher.caller().organizationId();
        List<Candidate> candidates = new ArrayList<>(read.submissions().size());
        for (Submission submission : read.submissions()) {
            candidates.add(new Candidate(submission, event(organizationId, submission, now, traceParent)));
        }
        Batch batch = new Batch(publisher, candidates, read.requestKey());
        Map<String, KeyHolder> wanted = wantedKeys(batch);
        return wanted.isEmpty() || candidates.size() == 1 && wanted.size() == 1
                ? withOthers(batch, wanted)
                : underKeys(batch, wanted);
    }

    private record Batch(Credential publisher, List<Candidate> candidates, Optional<RequestKey> requestKey) {

        int organizationId() {
            return publisher.caller().organizationId();
        }

        Batch checkedAs(Credential checked) {
            return new Batch(checked, candidates, requestKey);
        }
    }

    private record Committed(Map<String, KeyHolder> holders, Accepted accepted) {}

    /** In a group: what has no key, and one event whose key is new, as most are. */
    private Future<List<Published>> withOthers(Batch batch, Map<String, KeyHolder> wanted) {
        if (wanted.isEmpty()) {
            return inGroup(batch, wanted);
        }
        // Made before the first try, whose lease may be the one that stands: it must not be thought to last longer.
        LeaseOffer lease = offer(batch);
        return inGroup(batch, wanted)
                .recover(fault -> DatabaseFault.isAnswerLost(fault)
                        ? Futures.of(answered(batch, again(batch, wanted, lease)))
                        : Future.failedFuture(fault));
    }

    private Future<List<Published>> inGroup(Batch batch, Map<String, KeyHolder> wanted) {
        UUID first = batch.candidates().get(0).event().id();
        return acceptor.accept(publication(batch, wanted)).compose(accepted -> {
            if (accepted.unauthorized().contains(first)) {
                return batch.publisher().isChecked()
                        ? Future.failedFuture(Authentication.notValid())
                        : Futures.of(checked(batch)).compose(checked -> inGroup(checked, wanted));
            }
            return accepted.taken().contains(first)
                    ? underKeys(batch, wanted)
                    : Future.succeededFuture(answers(batch.candidates(), wanted, accepted));
        });
    }

    private static Publication publication(Batch batch, Map<String, KeyHolder> wanted) {
        Optional<RequestKey> key = wanted.entrySet().stream()
                .findFirst()
                .map(entry -> new RequestKey(entry.getKey(), entry.getValue().fingerprint()));
        return publication(batch, batch.candidates(), key);
    }

    private static Publication publication(Batch batch, List<Candidate> candidates, Optional<RequestKey> key) {
        Credential publisher = batch.publisher();
        return new Publication(events(candidates), publisher.caller().ancestors(), key, publisher.token());
    }

    private static Publication firsts(Batch batch, Map<String, KeyHolder> holders) {
        List<Candidate> firsts = batch.candidates().stream()
                .filter(candidate -> candidate.isFirstOf(holders))
                .toList();
        return publication(batch, firsts, Optional.empty());
    }

    /** By itself: its keys may have to be waited for, and a repeated request writes nothing that could check its token. */
    private Future<List<Published>> underKeys(Batch batch, Map<String, KeyHolder> wanted) {
        return Futures.of(checked(batch).chain(checked -> {
            LeaseOffer lease = offer(checked);
            return answered(
                    checked,
                    commit(checked, wanted, lease)
                            .onFailure(DatabaseFault::isAnswerLost)
                            .recoverWithUni(lost -> again(checked, wanted, lease)));
        }));
    }

    private Uni<Batch> checked(Batch batch) {
        Credential publisher = batch.publisher();
        return publisher.isChecked()
                ? Uni.createFrom().item(batch)
                : authentication.check(publisher.token(), Scope.EVENTS_WRITE).map(batch::checkedAs);
    }

    private LeaseOffer offer(Batch batch) {
        return worker.leaseOffer(
                Map.of(batch.organizationId(), batch.candidates().size()));
    }

    private Uni<Committed> again(Batch batch, Map<String, KeyHolder> wanted, LeaseOffer lease) {
        return Acceptor.repeat(
                () -> checked(batch).chain(checked -> commit(checked, wanted, lease)),
                committed -> store.accepted(firsts(batch, committed.holders()), lease)
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
                .chain(holders -> store.accept(transaction, firsts(batch, holders), lease)
                        .invoke(EventService::refuseUnauthorized)
                        .map(accepted -> new Committed(holders, accepted))));
    }

    /** Revoked since it was looked up, which may be as long ago as the body took to come. */
    private static void refuseUnauthorized(Accepted accepted) {
        if (!accepted.unauthorized().isEmpty()) {
            throw Authentication.notValid();
        }
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
                            ? new Published(id, accepted.deliveriesOf(id), false)
                            : new Published(
                                    holders.get(candidate.submission().idempotencyKey())
                                            .eventId(),
                                    0,
                                    true));
        }
        return answers;
    }
}
