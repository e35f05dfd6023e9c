package io.playhook.delivery.worker;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.playhook.delivery.Delivery;
import io.playhook.delivery.EventPayload;
import io.playhook.delivery.Lease;
import io.playhook.delivery.lane.LanesFixture;
import io.playhook.egress.InvalidTargetUrl;
import io.playhook.egress.TargetUrl;
import io.playhook.webhook.SecurityKeys;
import io.playhook.webhook.Settings;
import io.playhook.webhook.WebhookTarget;

import static org.assertj.core.api.Assertions.assertThat;

/** What becomes of leased deliveries whose webhook this pod knows, does not know, or can't read. */
class IntakeTest {

    private static final int KNOWN = 1;
    private static final int UNKNOWN = 2;

    private final LanesFixture pod = new LanesFixture();
    private final List<UniEmitter<? super Map<Integer, WebhookTarget>>> loads = new ArrayList<>();
    private final Intake intake =
            new Intake(pod.lanes(), ids -> Uni.createFrom().emitter(loads::add));

    @AfterEach
    void close() {
        pod.close();
    }

    @Test
    void aWebhookThatIsNotKnownYetHoldsNoOtherUp() throws InvalidTargetUrl {
        know(KNOWN, 1);
        Delivery first = delivery(UNKNOWN, 1);
        Delivery second = delivery(KNOWN, 1);

        intake.take(List.of(first, second));
        Awaitility.await().until(() -> pod.sent().contains(second.id()));
        assertThat(pod.sent()).doesNotContain(first.id());

        loads.get(1).complete(Map.of(UNKNOWN, target(UNKNOWN, 1)));
        Awaitility.await().until(() -> pod.sent().contains(first.id()));
        assertThat(pod.givenBack()).isEmpty();
    }

    @Test
    void aNewerVersionIsReadBeforeAnythingIsSentWithIt() throws InvalidTargetUrl {
        know(KNOWN, 1);
        Delivery newer = delivery(KNOWN, 2);

        intake.take(List.of(newer));

        assertThat(loads).hasSize(2);
        loads.get(1).complete(Map.of(KNOWN, target(KNOWN, 2)));
        Awaitility.await().until(() -> pod.sent().contains(newer.id()));
    }

    @Test
    void whatCanNotBeReadIsGivenBackAndNotLeftToItsLease() {
        Delivery delivery = delivery(UNKNOWN, 1);

        intake.take(List.of(delivery));
        loads.get(0).fail(new IllegalStateException("the database is away"));

        Awaitility.await().until(() -> pod.givenBack().contains(delivery.id()));
        assertThat(pod.lanes().room(UNKNOWN)).isPositive();
    }

    @Test
    void whatWasDeletedMeanwhileIsGivenBackAndLeftAloneForAWhile() throws InvalidTargetUrl {
        Delivery gone = delivery(UNKNOWN, 1);
        Delivery there = delivery(KNOWN, 1);

        intake.take(List.of(gone, there));
        loads.get(0).complete(Map.of(KNOWN, target(KNOWN, 1)));

        Awaitility.await().until(() -> pod.givenBack().contains(gone.id()));
        Awaitility.await().until(() -> pod.sent().contains(there.id()));
        assertThat(pod.lanes().room(UNKNOWN)).isZero();
    }

    @Test
    void whatIsHeldAlreadyIsNotSentTwice() throws InvalidTargetUrl {
        know(KNOWN, 1);
        Delivery delivery = delivery(KNOWN, 1);

        intake.take(List.of(delivery));
        intake.take(List.of(delivery(delivery.id(), KNOWN, 1)));
        Delivery after = delivery(KNOWN, 1);
        intake.take(List.of(after));

        Awaitility.await().until(() -> pod.sent().contains(after.id()));
        assertThat(pod.sent()).containsOnlyOnce(delivery.id());
    }

    private void know(int webhookId, int version) throws InvalidTargetUrl {
        Delivery delivery = delivery(webhookId, version);
        intake.take(List.of(delivery));
        loads.get(0).complete(new HashMap<>(Map.of(webhookId, target(webhookId, version))));
        Awaitility.await().until(() -> pod.sent().contains(delivery.id()));
    }

    private static Delivery delivery(int webhookId, int version) {
        return delivery(UUID.randomUUID(), webhookId, version);
    }

    private static Delivery delivery(UUID id, int webhookId, int version) {
        EventPayload event = new EventPayload(UUID.randomUUID(), 1, "videofacade_update", "{}", Instant.EPOCH, null);
        Lease lease = new Lease(OffsetDateTime.MAX, System.nanoTime());
        return new Delivery(id, event, webhookId, version, 0, null, false, null, lease);
    }

    private static WebhookTarget target(int webhookId, int version) throws InvalidTargetUrl {
        return new WebhookTarget(
                webhookId,
                1,
                version,
                TargetUrl.parse("https://example.com/"),
                SecurityKeys.of("a-key"),
                Settings.DEFAULT);
    }
}
