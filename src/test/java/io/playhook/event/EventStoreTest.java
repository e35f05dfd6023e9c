package io.playhook.event;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

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
import io.playhook.platform.Ids;
import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;

/** How much of an array of events is leased to the pod that accepts it. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class EventStoreTest {

    private static final int EVENTS = 6;

    @Inject
    EventStore store;

    @Inject
    Ids ids;

    private int organizationId;
    private int full;
    private int narrow;
    private int wide;
    private int paused;

    @BeforeEach
    void fourWebhooks() {
        Api api = Api.ofNewOrganization();
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
    void whatFitsIsLeasedAndNothingIsSaidToBeWaiting() {
        Deliveries.query(
                "update webhooks set status = 'deleted' where id = any ($1)",
                Tuple.of(new Integer[] {full, narrow, paused}));

        Accepted accepted = accept(100, 200);

        assertThat(leasedOfEach(accepted)).isEqualTo(Map.of(wide, (long) EVENTS));
        assertThat(accepted.waiting()).isEmpty();
        assertThat(accepted.deliveries()).hasSize(EVENTS);
    }

    private Accepted accept(int slots, int slotsOfEach) {
        // Nobody's, so that no pod sends it while this looks.
        UUID pod = UUID.randomUUID();
        long anHour = Duration.ofHours(1).toMillis();
        LeaseOffer offer = new LeaseOffer(pod, anHour, 0, slots, slotsOfEach, Map.of(full, 0, narrow, 2));
        List<PlayerEvent> events = IntStream.range(0, EVENTS)
                .mapToObj(i -> new PlayerEvent(
                        ids.next(), organizationId, "videofacade_update", "p" + i, "{}", Instant.EPOCH, null))
                .toList();
        return store.accept(events, offer).await().atMost(Duration.ofSeconds(10));
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
