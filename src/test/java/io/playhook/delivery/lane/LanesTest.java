package io.playhook.delivery.lane;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.playhook.delivery.Delivery;
import io.playhook.delivery.EventPayload;
import io.playhook.delivery.Lease;

import static org.assertj.core.api.Assertions.assertThat;

/** What a pod says of its room. Nothing is sent: no lane is offered anything. */
class LanesTest {

    private static final int ORGANIZATION = 1;
    private static final int ANOTHER = 2;

    private final LanesFixture pod = new LanesFixture();
    private final Lanes lanes = pod.lanes();
    private List<Delivery> held;
    private final int most = pod.config().heldPerWebhook();

    @AfterEach
    void close() {
        pod.close();
    }

    @Test
    void aPublishHearsNothingOfTheWebhooksOfOthers() {
        hold(10, ORGANIZATION, most);
        hold(20, ANOTHER, most);

        assertThat(lanes.narrower(ORGANIZATION, 1)).containsOnlyKeys(10);
        assertThat(lanes.narrower(ANOTHER, 1)).containsOnlyKeys(20);
        assertThat(lanes.narrower(3, 200)).isEmpty();
    }

    @Test
    void aPublishHearsOfAWebhookOnlyWhereThereIsTooLittleRoomForIt() {
        hold(10, ORGANIZATION, most - 5);

        assertThat(lanes.narrower(ORGANIZATION, 1)).isEmpty();
        assertThat(lanes.narrower(ORGANIZATION, 5)).isEmpty();
        assertThat(lanes.narrower(ORGANIZATION, 6)).containsEntry(10, 5);
    }

    @Test
    void whatIsFreshLinesUpBehindWhatWaits() {
        hold(10, ORGANIZATION, 1);
        lanes.fallenBehind(10);

        assertThat(lanes.narrower(ORGANIZATION, 200)).containsEntry(10, 0);

        lanes.caughtUp(10);

        assertThat(lanes.narrower(ORGANIZATION, 200)).isEmpty();
    }

    @Test
    void aWebhookCountsForEachOrganizationWhoseEventsItWasGiven() {
        hold(10, ORGANIZATION, 1);
        hold(10, ORGANIZATION + 1, 1);
        lanes.fallenBehind(10);

        assertThat(lanes.narrower(ORGANIZATION, 1)).containsOnlyKeys(10);
        assertThat(lanes.narrower(ORGANIZATION + 1, 1)).containsOnlyKeys(10);
        assertThat(lanes.narrower(ORGANIZATION + 2, 1)).isEmpty();
    }

    @Test
    void aLaneThatHasGotNothingForAnHourIsForgottenAndOneThatHoldsSomethingIsNot() {
        hold(10, ORGANIZATION, most);
        Lane unused = hold(20, ORGANIZATION, 1);
        unused.decline(held);
        Awaitility.await().until(() -> unused.held() == 0);
        lanes.fallenBehind(20);

        pod.advance(Duration.ofMinutes(59));
        lanes.forgetUnused();
        assertThat(lanes.find(20)).isNotNull();

        pod.advance(Duration.ofMinutes(2));
        lanes.forgetUnused();
        assertThat(lanes.find(20)).isNull();
        assertThat(lanes.find(10)).isNotNull();
        assertThat(lanes.narrower(ORGANIZATION, 1)).containsOnlyKeys(10);
    }

    @Test
    void aLeaseThatIsTakenWhileTheOneBeforeIsStillHeldIsGivenBackToo() {
        Lane lane = hold(10, ORGANIZATION, 1);
        assertThat(lanes.hold(held.get(0))).isTrue();
        // Given back, and claimed again before this pod has let go of it.
        assertThat(lanes.hold(pod.delivery(held.get(0).event().id(), 10, 1, null)))
                .isFalse();

        lane.decline(held);

        UUID id = held.get(0).id();
        Awaitility.await().until(() -> pod.givenBack().size() == 2);
        assertThat(pod.givenBack()).containsExactly(id, id);
        assertThat(lanes.hold(held.get(0))).as("let go of").isTrue();
    }

    private Lane hold(int webhookId, int organizationId, int count) {
        Lease lease = new Lease(OffsetDateTime.MAX, 0);
        held = IntStream.range(0, count)
                .mapToObj(i -> new EventPayload(
                        UUID.randomUUID(), organizationId, "videofacade_update", "{}", Instant.EPOCH, null))
                .map(event -> new Delivery(event, webhookId, 1, 0, null, false, null, lease))
                .toList();
        return lanes.reserve(webhookId, held);
    }
}
