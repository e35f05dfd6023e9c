package io.playhook.delivery.worker;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.smallrye.mutiny.Uni;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.playhook.delivery.Delivery;
import io.playhook.delivery.circuit.ScriptedCircuits;
import io.playhook.delivery.lane.LanesFixture;
import io.playhook.delivery.queue.DueWebhooks.Task;
import io.playhook.delivery.queue.ScriptedDueWebhooks;
import io.playhook.delivery.queue.ScriptedQueue;
import io.playhook.platform.WakeUps.Seen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a look at the queue does of what it sees, with a database that answers as the test says. */
class DeliveryRoundTest {

    private static final UUID PROBE = UUID.randomUUID();

    private final LanesFixture pod = new LanesFixture();
    private final ScriptedDueWebhooks webhooks = new ScriptedDueWebhooks();
    private final ScriptedQueue queue = new ScriptedQueue();
    private final ScriptedCircuits circuits = new ScriptedCircuits();
    private final Intake intake = new Intake(
            pod.lanes(),
            ids -> Uni.createFrom()
                    .item(ids.stream()
                            .collect(Collectors.toMap(Function.identity(), id -> LanesFixture.target(id, 1)))));
    private final DeliveryRound round = new DeliveryRound(webhooks, queue, circuits, pod.lanes(), intake, pod::nanos);

    @AfterEach
    void close() {
        pod.close();
    }

    @Test
    void aClaimIsBoundedOverAllWebhooksTogether() {
        webhooks.see(each(1_000, Task.DELIVER), false);

        make();

        assertThat(queue.claims()).singleElement().satisfies(claim -> {
            assertThat(claim.slots().values().stream().mapToInt(slots -> slots).sum())
                    .isEqualTo(1_000);
            assertThat(claim.slots().values()).allMatch(slots -> slots <= 200);
            assertThat(claim.bytes()).isPositive().isLessThanOrEqualTo(16 * 1024 * 1024);
        });
    }

    @Test
    void everyWebhookGetsAPartOfAClaim() {
        webhooks.see(each(600, Task.DELIVER), true);

        make();

        assertThat(queue.claims())
                .singleElement()
                .satisfies(claim -> assertThat(claim.slots()).hasSize(600));
    }

    @Test
    void aRoundThatFoundNothingToClaimIsFollowedAtOnceIfThereIsMoreToSee() {
        webhooks.see(each(10, Task.DELIVER), false);
        assertThat(make()).isTrue();

        webhooks.see(each(10, Task.DELIVER), true);
        assertThat(make()).isFalse();
    }

    @Test
    void manyProbesAreTakenAtOnceAndNotAllOfThem() {
        webhooks.see(each(1_000, Task.PROBE), false);

        make();

        assertThat(circuits.asked())
                .singleElement()
                .satisfies(asked -> assertThat(asked).hasSize(200));
    }

    @Test
    void probesAndCancellationsThatHangStopNoClaimAndAreNotBegunAgain() {
        circuits.give(Uni.createFrom().nothing());
        webhooks.canceling(Uni.createFrom().nothing());
        webhooks.see(Map.of(1, Task.DELIVER, 2, Task.PROBE, 3, Task.CANCEL), true);
        Delivery first = pod.delivery(1, 1);
        queue.give(List.of(first));

        assertThat(make()).isTrue();
        assertThat(make()).isFalse();

        Awaitility.await().until(() -> pod.sent().contains(first.id()));
        assertThat(queue.claims()).hasSize(2);
        assertThat(circuits.asked()).containsExactly(List.of(2));
        assertThat(webhooks.canceled()).containsExactly(List.of(3));
    }

    @Test
    void whatFailedIsBegunAgainByTheNextRound() {
        webhooks.canceling(Uni.createFrom().failure(new IllegalStateException("a deadlock, say")));
        webhooks.see(Map.of(3, Task.CANCEL), true);

        make();
        make();

        assertThat(webhooks.canceled()).containsExactly(List.of(3), List.of(3));
    }

    @Test
    void aProbeIsSentAndOneThatHasNothingToSendGivenBack() {
        UUID unused = UUID.randomUUID();
        circuits.give(Uni.createFrom().item(Map.of(1, PROBE, 2, unused)));
        webhooks.see(Map.of(1, Task.PROBE, 2, Task.PROBE, 3, Task.PROBE), true);
        Delivery probe = pod.delivery(UUID.randomUUID(), 1, 1, PROBE);
        queue.give(List.of(probe));

        make();

        assertThat(queue.claims()).singleElement().satisfies(claim -> {
            assertThat(claim.slots()).containsOnly(Map.entry(1, 1), Map.entry(2, 1));
            assertThat(claim.probes()).containsOnly(Map.entry(1, PROBE), Map.entry(2, unused));
        });
        Awaitility.await().until(() -> pod.sent().contains(probe.id()));
        assertThat(circuits.givenBack()).containsExactly(Map.of(2, unused));
        // Another pod has the third: until its probe is over there is nothing to see.
        assertThat(webhooks.putOff()).containsExactly(List.of(3));
    }

    @Test
    void whoMaySendNothingToAWebhookTakesNoProbeOfIt() {
        Delivery before = pod.delivery(1, 1);
        intake.take(List.of(before));
        Awaitility.await().until(() -> pod.sent().contains(before.id()));
        pod.leaveToOthers(1);
        webhooks.see(Map.of(1, Task.PROBE), true);

        make();

        assertThat(circuits.asked()).isEmpty();
    }

    @Test
    void aRoundThatSawNothingButWhatCanNotBeSentIsFollowedAtOnceUnlessThatWasAll() {
        webhooks.see(each(1_000, Task.PUT_OFF), false);
        assertThat(make()).isTrue();

        webhooks.see(each(10, Task.PUT_OFF), true);
        assertThat(make()).isFalse();
    }

    @Test
    void saysWhenTheNextComesDueUnlessSomethingIs() {
        webhooks.see(Map.of(), true);
        assertThat(look().next()).isEqualTo(ScriptedDueWebhooks.NEXT);

        webhooks.see(Map.of(1, Task.DELIVER), true);
        assertThat(look().next()).contains(Duration.ZERO);
    }

    @Test
    void leasesAreLeftForAWhileWhenTheDatabaseIsBack() {
        make();
        pod.advance(Duration.ofSeconds(6));
        round.freeLapsed().await().indefinitely();
        assertThat(webhooks.freed()).isEqualTo(1);

        webhooks.fail(new IllegalStateException("the database is away"));
        assertThatThrownBy(this::make).hasMessageContaining("away");
        webhooks.see(Map.of(), true);
        make();
        round.freeLapsed().await().indefinitely();
        pod.advance(Duration.ofSeconds(4));
        round.freeLapsed().await().indefinitely();
        assertThat(webhooks.freed()).isEqualTo(1);

        pod.advance(Duration.ofSeconds(2));
        round.freeLapsed().await().indefinitely();
        assertThat(webhooks.freed()).isEqualTo(2);
    }

    private boolean make() {
        return look().more();
    }

    private Seen look() {
        return round.make(Duration.ofSeconds(2)).await().atMost(Duration.ofSeconds(5));
    }

    private static Map<Integer, Task> each(int count, Task task) {
        return IntStream.rangeClosed(1, count).boxed().collect(Collectors.toMap(Function.identity(), id -> task));
    }
}
