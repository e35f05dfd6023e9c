package io.playhook.event;

import java.net.ConnectException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import jakarta.inject.Inject;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.vertx.mutiny.sqlclient.Tuple;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.playhook.event.EventStore.Accepted;
import io.playhook.organization.TokenHash;
import io.playhook.platform.Ids;
import io.playhook.platform.database.DatabaseFault;
import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What is published at the same time: held up by a lock, so that it is certain to be. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class AcceptorTest {

    private static final int PUBLISHES = 40;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int GROUPS_AT_ONCE = 2;

    /** Two publishes under way, each by itself, and all others together. */
    private static final long GROUPS_AT_MOST = GROUPS_AT_ONCE + 1;

    private static final String NO_EVENT_GETS_IN = "lock table events in share mode";
    private static final String WAITING =
            " from pg_stat_activity where wait_event_type = 'Lock' and query like 'with offered%'";

    @Inject
    Acceptor acceptor;

    @Inject
    Ids ids;

    private final Map<Integer, TokenHash> tokens = new HashMap<>();
    private Api api;

    @BeforeEach
    void newOrganization() {
        api = organizationWithToken();
    }

    @Test
    void whatIsPublishedAtTheSameTimeIsCommittedTogether() {
        try (Receiver receiver = new Receiver()) {
            api.register(receiver.url());
            List<PlayerEvent> events = events("{}");

            List<CompletableFuture<Accepted>> published = whileNoneGetsIn(() -> {}, events);

            for (int i = 0; i < PUBLISHES; i++) {
                assertThat(published.get(i).join().deliveriesOf(events.get(i).id()))
                        .isEqualTo(1);
            }
            receiver.await(PUBLISHES);
            assertThat(transactions()).isBetween(1L, GROUPS_AT_MOST);
            assertThat(receiver.requests().size()).isEqualTo(PUBLISHES);
        }
    }

    @Test
    void whatHasAnIdempotencyKeyGoesWithTheOthersAndOnlyTheFirstOfAKeyIsAccepted() {
        try (Receiver receiver = new Receiver()) {
            api.register(receiver.url());
            List<PlayerEvent> events = events("{}");
            Map<UUID, RequestKey> keys = new HashMap<>();
            for (int i = 0; i < PUBLISHES; i++) {
                keys.put(events.get(i).id(), new RequestKey("key-" + i / 2, new byte[1]));
            }

            List<CompletableFuture<Accepted>> published =
                    whileNoneGetsIn(() -> {}, events, event -> accept(event, Optional.of(keys.get(event.id()))));

            List<String> accepted = IntStream.range(0, PUBLISHES)
                    .filter(i -> !published
                            .get(i)
                            .join()
                            .taken()
                            .contains(events.get(i).id()))
                    .mapToObj(i -> keys.get(events.get(i).id()).key())
                    .toList();
            assertThat(accepted).hasSize(PUBLISHES / 2).doesNotHaveDuplicates();
            receiver.await(PUBLISHES / 2);
            assertThat(stored()).isEqualTo(PUBLISHES / 2);
            assertThat(transactions()).isBetween(1L, GROUPS_AT_MOST);
        }
    }

    @Test
    void groupsWithKeysWhoseAnswerWasLostAreRepeatedAndSentOnce() {
        try (Receiver receiver = new Receiver()) {
            api.register(receiver.url());
            List<CompletableFuture<Response>> answers = new ArrayList<>();
            ExecutorService publishers = Executors.newFixedThreadPool(PUBLISHES);
            try {
                Deliveries.whileLocked(NO_EVENT_GETS_IN, () -> {
                    for (int i = 0; i < PUBLISHES; i++) {
                        String key = "key-" + i;
                        answers.add(CompletableFuture.supplyAsync(() -> publishUnder(key), publishers));
                    }
                    awaitLocks(GROUPS_AT_ONCE);
                    Deliveries.query("select pg_terminate_backend(pid)" + WAITING, Tuple.tuple());
                });
                assertThat(answers).allSatisfy(answer -> {
                    assertThat(answer.join().statusCode()).isEqualTo(202);
                    assertThat(answer.join().<Integer>path("deliveries")).isEqualTo(1);
                });
            } finally {
                publishers.shutdown();
            }
            receiver.await(PUBLISHES);
            assertThat(stored()).isEqualTo(PUBLISHES);
            assertThat(receiver.requests().size()).isEqualTo(PUBLISHES);
        }
    }

    private Response publishUnder(String key) {
        return api.request()
                .header("Idempotency-Key", key)
                .body(Map.of("type", "videofacade_update", "player", Map.of("uuid", "p")))
                .post("/v1/events");
    }

    @Test
    void aPublishThatFailsTakesNoOtherOfItsGroupWithIt() {
        List<PlayerEvent> good = events("{}");
        PlayerEvent bad = event("\"PostgreSQL stores no \0\"");

        List<CompletableFuture<Accepted>> published = whileNoneGetsIn(
                () -> {}, Stream.concat(good.stream(), Stream.of(bad)).toList());

        assertThatThrownBy(published.get(PUBLISHES)::join).isInstanceOf(CompletionException.class);
        published.subList(0, PUBLISHES).forEach(CompletableFuture::join);
        assertThat(stored()).isEqualTo(PUBLISHES);
    }

    @Test
    void groupsWhoseAnswerWasLostAreRepeatedAndSentOnce() {
        try (Receiver receiver = new Receiver()) {
            api.register(receiver.url());
            List<PlayerEvent> events = events("{}");

            List<CompletableFuture<Accepted>> published = whileNoneGetsIn(
                    () -> Deliveries.query("select pg_terminate_backend(pid)" + WAITING, Tuple.tuple()), events);

            for (int i = 0; i < PUBLISHES; i++) {
                assertThat(published.get(i).join().deliveriesOf(events.get(i).id()))
                        .isEqualTo(1);
            }
            receiver.await(PUBLISHES);
            assertThat(stored()).isEqualTo(PUBLISHES);
            assertThat(receiver.requests().size()).isEqualTo(PUBLISHES);
        }
    }

    @Test
    void whatFindsAllGroupsHeldUpIsRefusedLikeWhatGetsNoConnection() {
        List<CompletableFuture<Accepted>> underWay = new ArrayList<>();
        Deliveries.whileLocked(NO_EVENT_GETS_IN, () -> {
            for (int i = 1; i <= GROUPS_AT_ONCE; i++) {
                underWay.add(publish(event("{}")));
                awaitLocks(i);
            }

            CompletableFuture<Accepted> third = publish(event("{}"));

            assertThatThrownBy(third::join)
                    .hasCauseInstanceOf(ConnectException.class)
                    .satisfies(fault ->
                            assertThat(DatabaseFault.isUnavailable(fault)).isTrue());
            assertThat(underWay).noneMatch(CompletableFuture::isDone);
        });
        underWay.forEach(CompletableFuture::join);
        assertThat(stored()).isEqualTo(2);
    }

    @Test
    void anOrganizationWhoseTurnsAreLockedHoldsUpNoOther() {
        try (Receiver receiver = new Receiver()) {
            Api ordered = organizationWithToken();
            ordered.register(receiver.url(), Map.of("ordering", "player"));
            // From here on it is known that it has such a webhook.
            ordered.publish("p");
            receiver.await(1);

            Deliveries.whileLocked("lock table turn_locks in exclusive mode", () -> {
                List<CompletableFuture<Accepted>> stuck = IntStream.range(0, 3)
                        .mapToObj(i -> publish(new PlayerEvent(
                                ids.next(),
                                ordered.organizationId(),
                                "videofacade_update",
                                "p",
                                "{}",
                                Instant.EPOCH,
                                null)))
                        .toList();

                events("{}").forEach(event -> publish(event).join());

                assertThat(stuck).noneMatch(CompletableFuture::isDone);
            });
            receiver.await(4);
        }
    }

    private Api organizationWithToken() {
        Api made = Api.ofNewOrganization();
        tokens.put(made.organizationId(), TokenHash.of(made.token()));
        return made;
    }

    /** Publishes each by itself, so that those that are not under way wait to be grouped. */
    private List<CompletableFuture<Accepted>> whileNoneGetsIn(Runnable then, List<PlayerEvent> events) {
        return whileNoneGetsIn(then, events, this::publish);
    }

    private static List<CompletableFuture<Accepted>> whileNoneGetsIn(
            Runnable then, List<PlayerEvent> events, Function<PlayerEvent, CompletableFuture<Accepted>> publish) {
        List<CompletableFuture<Accepted>> published = new ArrayList<>();
        Deliveries.whileLocked(NO_EVENT_GETS_IN, () -> {
            for (PlayerEvent event : events) {
                published.add(publish.apply(event));
                if (published.size() <= GROUPS_AT_ONCE) {
                    awaitLocks(published.size());
                }
            }
            then.run();
        });
        return published;
    }

    private static void awaitLocks(int groups) {
        Awaitility.await("groups that wait for the lock")
                .atMost(PATIENCE)
                .until(() ->
                        Deliveries.query("select 1" + WAITING, Tuple.tuple()).size() >= groups);
    }

    private CompletableFuture<Accepted> publish(PlayerEvent event) {
        return accept(event, Optional.empty());
    }

    private CompletableFuture<Accepted> accept(PlayerEvent event, Optional<RequestKey> key) {
        return acceptor.accept(new Publication(List.of(event), List.of(), key, tokens.get(event.organizationId())))
                .toCompletionStage()
                .toCompletableFuture();
    }

    private List<PlayerEvent> events(String player) {
        return IntStream.range(0, PUBLISHES).mapToObj(i -> event(player)).toList();
    }

    private PlayerEvent event(String player) {
        return new PlayerEvent(
                ids.next(), api.organizationId(), "videofacade_update", "p", player, Instant.EPOCH, null);
    }

    private long transactions() {
        return number("select count(distinct xmin::text) from events where organization_id = $1");
    }

    private long stored() {
        return number("select count(*) from events where organization_id = $1");
    }

    private long number(String sql) {
        return Deliveries.query(sql, Tuple.of(api.organizationId())).get(0).getLong(0);
    }
}
