package io.playhook.event;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import jakarta.inject.Inject;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Tuple;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.playhook.delivery.Delivery;
import io.playhook.delivery.queue.LeaseOffer;
import io.playhook.delivery.queue.Waiting;
import io.playhook.event.EventStore.Accepted;
import io.playhook.organization.TokenHash;
import io.playhook.platform.Ids;
import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** How much of an array of events is leased to the pod that accepts it. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class EventStoreTest {

    private static final int EVENTS = 6;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @Inject
    EventStore store;

    @Inject
    Ids ids;

    private final Map<Integer, TokenHash> tokens = new HashMap<>();
    private Api api;
    private int organizationId;
    private int full;
    private int narrow;
    private int wide;
    private int paused;

    @BeforeEach
    void fourWebhooks() {
        api = newOrganization();
        organizationId = api.organizationId();
        full = api.register("http://127.0.0.1:9/");
        narrow = api.register("http://127.0.0.1:9/");
        wide = api.register("http://127.0.0.1:9/");
        paused = api.register("http://127.0.0.1:9/");
        Deliveries.query("update webhooks set status = 'paused' where id = $1", Tuple.of(paused));
    }

    @Test
    void anArrayLeasesToItsPodWhatThereIsRoomForAtEachWebhookAndNoMore() {
        Accepted accepted = accept(100, 4);

        assertThat(leasedOfEach(accepted)).isEqualTo(Map.of(narrow, 2L, wide, 4L));
        assertThat(waiting(accepted))
                .containsOnlyKeys(full, narrow, wide, paused)
                .allSatisfy((id, waiting) -> assertThat(waiting.leftOut()).isEqualTo(id != paused));
        assertThat(accepted.deliveries())
                .hasSize(EVENTS)
                .allSatisfy((id, count) -> assertThat(count).isEqualTo(4));
        assertThat(leasedInTheDatabase()).isEqualTo(6);
    }

    @Test
    void anArrayLeasesToItsPodNoMoreThanItMayInAllAndSomeOfEach() {
        Accepted accepted = accept(3, 200);

        assertThat(accepted.leased()).hasSize(3);
        assertThat(leasedOfEach(accepted)).containsOnlyKeys(narrow, wide);
        assertThat(accepted.deliveries()).hasSize(EVENTS);
    }

    @Test
    void aGroupLeasesToEachOrganizationAsMuchAsByItselfAndNothingToOneThatNothingIsOfferedTo() {
        Api before = newOrganization();
        int its = before.register("http://127.0.0.1:9/");
        List<PlayerEvent> events = Stream.concat(events(before.organizationId()).stream(), events().stream())
                .toList();

        Accepted accepted = store.accept(publications(events), offer(UUID.randomUUID(), 100, 4))
                .await()
                .atMost(PATIENCE);

        assertThat(leasedOfEach(accepted)).isEqualTo(Map.of(narrow, 2L, wide, 4L));
        assertThat(waiting(accepted).get(its).leftOut()).isTrue();
        assertThat(accepted.deliveries()).hasSize(2 * EVENTS);
    }

    @Test
    void eventsOfAnArrayTakeTheirTurnsInItsOrderWhereThePodOffersToSendNothing() {
        Api ordered = newOrganization();
        List<Integer> webhooks = Stream.generate(
                        () -> ordered.register("http://127.0.0.1:9/", Map.of("ordering", "player")))
                .limit(2)
                .toList();
        List<PlayerEvent> events = IntStream.range(0, 100)
                .mapToObj(i -> event(ordered.organizationId(), "the same"))
                .toList();

        store.accept(publications(events), offer(null, 0, 0)).await().atMost(PATIENCE);

        webhooks.forEach(id -> assertThat(Deliveries.query(
                        "select event_id from delivery_queue where webhook_id = $1 order by position", Tuple.of(id)))
                .extracting(row -> row.getUUID(0))
                .containsExactlyElementsOf(events.stream().map(PlayerEvent::id).toList()));
    }

    @Test
    void whatFitsIsLeasedAndNothingIsSaidToBeWaiting() {
        Deliveries.query(
                "update webhooks set status = 'deleted' where id = any ($1)",
                Tuple.of(new Integer[] {full, narrow, paused}));

        Accepted accepted = accept(100, 200);

        assertThat(leasedOfEach(accepted)).isEqualTo(Map.of(wide, (long) EVENTS));
        assertThat(accepted.waiting()).isEmpty();
        assertThat(accepted.deliveries()).hasSize(EVENTS);
    }

    @Test
    void aRepeatFindsWhatItAcceptedByIndex() {
        int version = Integer.parseInt(plan("show server_version_num"));
        assumeTrue(version >= 160_000, "EXPLAIN (GENERIC_PLAN) needs PostgreSQL 16");

        assertThat(plan("explain (generic_plan) " + EventStore.ACCEPTED))
                .contains("delivery_queue_pkey")
                .containsPattern("events_\\d{8}_pkey")
                .containsPattern("deliveries_\\d{8}_pkey")
                .contains("webhooks_with_deleted")
                .doesNotContain("Seq Scan on delivery_queue")
                .doesNotContain("Seq Scan on events")
                .doesNotContain("Seq Scan on deliveries");
    }

    @Test
    void aRepeatGivesWhatTheFirstTryWouldHaveGiven() {
        UUID pod = UUID.randomUUID();
        List<PlayerEvent> events = events();
        LeaseOffer offer = offer(pod, 100, 4);
        Accepted first = store.accept(publications(events), offer).await().atMost(PATIENCE);

        Accepted again =
                store.accepted(publications(events).get(0), offer).await().atMost(PATIENCE);

        assertThat(leasedOfEach(again)).isEqualTo(leasedOfEach(first));
        assertThat(again.deliveries()).isEqualTo(first.deliveries());
    }

    @Test
    void aRepeatFindsTheDeliveriesToWebhooksAboveToo() {
        Api folder = api.newFolder();
        folder.register("http://127.0.0.1:9/");
        Publication publication = new Publication(
                events(folder.organizationId()),
                List.of(organizationId),
                Optional.empty(),
                TokenHash.of(folder.token()));
        Accepted first =
                store.accept(List.of(publication), offer(null, 0, 0)).await().atMost(PATIENCE);

        Accepted again = store.accepted(publication, offer(null, 0, 0)).await().atMost(PATIENCE);

        assertThat(first.deliveries())
                .hasSize(EVENTS)
                .allSatisfy((id, count) -> assertThat(count).isEqualTo(5));
        assertThat(again.deliveries()).isEqualTo(first.deliveries());
    }

    @Test
    void eventsOfFoldersTogetherLeaseToAWebhookAboveNoMoreThanThereIsRoomFor() {
        Api one = api.newFolder();
        Api other = api.newFolder();
        List<Publication> both = Stream.of(one, other)
                .map(folder -> new Publication(
                        events(folder.organizationId()),
                        List.of(organizationId),
                        Optional.empty(),
                        TokenHash.of(folder.token())))
                .toList();
        LeaseOffer offer = offer(UUID.randomUUID(), 100, 4);
        Set<Integer> folders = Set.of(one.organizationId(), other.organizationId());

        Accepted accepted = store.accept(
                        both,
                        new LeaseOffer(
                                folders,
                                offer.pod(),
                                offer.millis(),
                                0,
                                offer.slots(),
                                offer.slotsOfEach(),
                                offer.narrower()))
                .await()
                .atMost(PATIENCE);

        assertThat(leasedOfEach(accepted)).isEqualTo(Map.of(narrow, 2L, wide, 4L));
    }

    @Test
    void aGroupHoldsBackWhatIsPublishedWithATokenThatIsNotGoodForIt() {
        Api revoked = Api.ofNewOrganization();
        Deliveries.query(
                "update auth_tokens set revoked_at = now() where organization_id = $1",
                Tuple.of(revoked.organizationId()));
        Publication good = publication(api.organizationId(), api.token());
        List<Publication> bad = List.of(
                publication(revoked.organizationId(), revoked.token()),
                publication(api.organizationId(), Api.newToken(api.organizationId(), List.of("webhooks:read"))),
                publication(api.organizationId(), Api.ofNewOrganization().token()),
                publication(api.organizationId(), "unknown"));

        Accepted accepted = store.accept(
                        Stream.concat(bad.stream(), Stream.of(good)).toList(), offer(UUID.randomUUID(), 100, 4))
                .await()
                .atMost(PATIENCE);

        assertThat(accepted.unauthorized()).hasSize(4 * EVENTS).doesNotContainAnyElementsOf(ids(good));
        assertThat(accepted.deliveries().keySet()).containsExactlyInAnyOrderElementsOf(ids(good));
        bad.forEach(publication -> assertThat(Deliveries.query(
                        "select 1 from events where id = any ($1)",
                        Tuple.of(ids(publication).toArray(UUID[]::new))))
                .isEmpty());
    }

    @Test
    void whatWasAcceptedIsNotRefusedInItsRepeatForATokenThatWasRevokedMeanwhile() {
        Publication publication = publication(api.organizationId(), api.token());
        LeaseOffer offer = offer(UUID.randomUUID(), 100, 4);
        store.accept(List.of(publication), offer).await().atMost(PATIENCE);
        Deliveries.query(
                "update auth_tokens set revoked_at = now() where organization_id = $1", Tuple.of(api.organizationId()));

        Accepted again = store.acceptAgain(publication, offer).await().atMost(PATIENCE);

        assertThat(again.unauthorized()).isEmpty();
    }

    private Publication publication(int organizationId, String token) {
        return new Publication(events(organizationId), List.of(), Optional.empty(), TokenHash.of(token));
    }

    private static List<UUID> ids(Publication publication) {
        return publication.events().stream().map(PlayerEvent::id).toList();
    }

    private static String plan(String explain) {
        return Deliveries.explain(explain).stream().map(row -> row.getString(0)).collect(Collectors.joining("\n"));
    }

    private Accepted accept(int slots, int slotsOfEach) {
        // Nobody's, so that no pod sends it while this looks.
        return store.accept(publications(events()), offer(UUID.randomUUID(), slots, slotsOfEach))
                .await()
                .atMost(PATIENCE);
    }

    private LeaseOffer offer(UUID pod, int slots, int slotsOfEach) {
        long anHour = Duration.ofHours(1).toMillis();
        return new LeaseOffer(Set.of(organizationId), pod, anHour, 0, slots, slotsOfEach, Map.of(full, 0, narrow, 2));
    }

    private Api newOrganization() {
        Api made = Api.ofNewOrganization();
        tokens.put(made.organizationId(), TokenHash.of(made.token()));
        return made;
    }

    /** One for each organization. */
    private List<Publication> publications(List<PlayerEvent> events) {
        return events.stream().collect(Collectors.groupingBy(PlayerEvent::organizationId)).values().stream()
                .map(its -> new Publication(
                        its, List.of(), Optional.empty(), tokens.get(its.get(0).organizationId())))
                .toList();
    }

    private List<PlayerEvent> events() {
        return events(organizationId);
    }

    private List<PlayerEvent> events(int organizationId) {
        return IntStream.range(0, EVENTS)
                .mapToObj(i -> event(organizationId, "p" + i))
                .toList();
    }

    private PlayerEvent event(int organizationId, String playerUuid) {
        return new PlayerEvent(ids.next(), organizationId, "videofacade_update", playerUuid, "{}", Instant.EPOCH, null);
    }

    private static Map<Integer, Long> leasedOfEach(Accepted accepted) {
        return accepted.leased().stream().collect(Collectors.groupingBy(Delivery::webhookId, Collectors.counting()));
    }

    private static Map<Integer, Waiting> waiting(Accepted accepted) {
        return accepted.waiting().stream().collect(Collectors.toMap(Waiting::webhookId, Function.identity()));
    }

    private long leasedInTheDatabase() {
        return Deliveries.query(
                        "select count(*) from delivery_queue"
                                + " where organization_id = $1 and leased_until > now() + interval '30 minutes'",
                        Tuple.of(organizationId))
                .get(0)
                .getLong(0);
    }
}
