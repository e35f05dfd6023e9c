package io.playhook.delivery.worker;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.playhook.delivery.Delivery;
import io.playhook.delivery.lane.LanesFixture;
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
    void aWebhookThatIsNotKnownYetHoldsNoOtherUp() {
        know(KNOWN, 1);
        Delivery first = pod.delivery(UNKNOWN, 1);
        Delivery second = pod.delivery(KNOWN, 1);

        intake.take(List.of(first, second));
        Awaitility.await().until(() -> pod.sent().contains(second.id()));
        assertThat(pod.sent()).doesNotContain(first.id());

        loads.get(1).complete(Map.of(UNKNOWN, LanesFixture.target(UNKNOWN, 1)));
        Awaitility.await().until(() -> pod.sent().contains(first.id()));
        assertThat(pod.givenBack()).isEmpty();
    }

    @Test
    void aNewerVersionIsReadBeforeAnythingIsSentWithIt() {
        know(KNOWN, 1);
        Delivery newer = pod.delivery(KNOWN, 2);

        intake.take(List.of(newer));

        assertThat(loads).hasSize(2);
        loads.get(1).complete(Map.of(KNOWN, LanesFixture.target(KNOWN, 2)));
        Awaitility.await().until(() -> pod.sent().contains(newer.id()));
    }

    @Test
    void whatCanNotBeReadIsGivenBackAndNotLeftToItsLease() {
        Delivery delivery = pod.delivery(UNKNOWN, 1);

        intake.take(List.of(delivery));
        loads.get(0).fail(new IllegalStateException("the database is away"));

        Awaitility.await().until(() -> pod.givenBack().contains(delivery.id()));
        assertThat(pod.lanes().room(UNKNOWN)).isPositive();
    }

    @Test
    void whatWasDeletedMeanwhileIsGivenBackAndLeftAloneForAWhile() {
        Delivery gone = pod.delivery(UNKNOWN, 1);
        Delivery there = pod.delivery(KNOWN, 1);

        intake.take(List.of(gone, there));
        loads.get(0).complete(Map.of(KNOWN, LanesFixture.target(KNOWN, 1)));

        Awaitility.await().until(() -> pod.givenBack().contains(gone.id()));
        Awaitility.await().until(() -> pod.sent().contains(there.id()));
        assertThat(pod.lanes().room(UNKNOWN)).isZero();
    }

    @Test
    void whatIsHeldAlreadyIsNotSentTwice() {
        know(KNOWN, 1);
        Delivery delivery = pod.delivery(KNOWN, 1);

        intake.take(List.of(delivery));
        intake.take(List.of(pod.delivery(delivery.event().id(), KNOWN, 1, null)));
        Delivery after = pod.delivery(KNOWN, 1);
        intake.take(List.of(after));

        Awaitility.await().until(() -> pod.sent().contains(after.id()));
        assertThat(pod.sent()).containsOnlyOnce(delivery.id());
    }

    private void know(int webhookId, int version) {
        Delivery delivery = pod.delivery(webhookId, version);
        intake.take(List.of(delivery));
        loads.get(0).complete(new HashMap<>(Map.of(webhookId, LanesFixture.target(webhookId, version))));
        Awaitility.await().until(() -> pod.sent().contains(delivery.id()));
    }
}
