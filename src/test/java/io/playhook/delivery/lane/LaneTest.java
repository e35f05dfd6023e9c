package io.playhook.delivery.lane;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.playhook.delivery.Attempt;
import io.playhook.delivery.AttemptOutcome;
import io.playhook.delivery.CompletedAttempt;
import io.playhook.delivery.Delivery;
import io.playhook.delivery.DeliveryConfig;
import io.playhook.delivery.DeliveryStatus;
import io.playhook.delivery.EventPayload;
import io.playhook.delivery.Lease;
import io.playhook.delivery.NextStep;
import io.playhook.delivery.circuit.Receiver;
import io.playhook.delivery.request.Deadlines;
import io.playhook.egress.InvalidTargetUrl;
import io.playhook.egress.TargetUrl;
import io.playhook.webhook.SecurityKeys;
import io.playhook.webhook.Settings;
import io.playhook.webhook.WebhookTarget;

import static org.assertj.core.api.Assertions.assertThat;

/** A lane whose loop, clock and receiver do nothing but what the test has them do. */
class LaneTest {

    private static final int WEBHOOK = 7;
    private static final int CONCURRENCY = 2;
    private static final byte[] NOTHING = new byte[0];

    private final DeliveryConfig config = new SmallRyeConfigBuilder()
            .withMapping(DeliveryConfig.class)
            .withConverter(Duration.class, 200, new DurationConverter())
            .build()
            .getConfigMapping(DeliveryConfig.class);

    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final Map<Runnable, Duration> timers = new LinkedHashMap<>();
    private final Map<UUID, Sent> inFlight = new LinkedHashMap<>();
    private final List<UUID> givenBack = new ArrayList<>();
    private final List<UUID> released = new ArrayList<>();
    private final List<Duration> due = new ArrayList<>();
    private final List<UniEmitter<? super Void>> observing = new ArrayList<>();
    private long now = Long.MAX_VALUE - Duration.ofMinutes(1).toNanos();
    private boolean mayBeginMore = true;
    private Lane lane;

    /** A delivery that the carrier has. */
    private record Sent(Delivery delivery, Runnable sent, UniEmitter<? super CompletedAttempt> recorded) {}

    @BeforeEach
    void aLaneForAWebhookWithTwoSlots() {
        lane = lane(OptionalDouble.empty());
    }

    @Test
    void sendsNoMoreAtOnceThanItsShareAndAsASlotIsFreeTheNext() {
        List<Delivery> four = offer(4);
        assertThat(inFlight.keySet())
                .containsExactly(four.get(0).id(), four.get(1).id());

        answer(four.get(0), new NextStep.Settle(DeliveryStatus.DELIVERED, null));

        assertThat(inFlight.keySet())
                .contains(four.get(2).id())
                .doesNotContain(four.get(3).id());
        assertThat(lane.held()).isEqualTo(3);
    }

    @Test
    void sendsOneAtATimeWhereThePodHasTooMuchUnderWay() {
        mayBeginMore = false;
        List<Delivery> three = offer(3);
        assertThat(inFlight.keySet()).containsExactly(three.get(0).id());

        answer(three.get(0), new NextStep.Settle(DeliveryStatus.DELIVERED, null));
        assertThat(inFlight.keySet()).containsExactly(three.get(1).id());

        mayBeginMore = true;
        answer(three.get(1), new NextStep.Settle(DeliveryStatus.DELIVERED, null));
        assertThat(inFlight.keySet()).containsExactly(three.get(2).id());
    }

    @Test
    void sendsWhatIsNewBeforeWhatAReplaySendsAgainAndAFewOfThatAtATime() {
        lane = lane(OptionalDouble.empty(), 8);
        List<Delivery> replayed = Stream.generate(() -> replayed(now)).limit(4).toList();
        offer(replayed);
        assertThat(inFlight.keySet()).as("two of eight slots").containsExactlyElementsOf(ids(replayed.subList(0, 2)));

        List<Delivery> fresh = offer(8);
        assertThat(inFlight.keySet()).contains(fresh.get(5).id()).hasSize(8);

        answer(replayed.get(0), new NextStep.Settle(DeliveryStatus.DELIVERED, null));
        assertThat(inFlight.keySet())
                .contains(fresh.get(6).id())
                .doesNotContain(replayed.get(2).id());
        answer(fresh.get(0), new NextStep.Settle(DeliveryStatus.DELIVERED, null));
        answer(fresh.get(1), new NextStep.Settle(DeliveryStatus.DELIVERED, null));
        assertThat(inFlight.keySet())
                .contains(replayed.get(2).id())
                .doesNotContain(replayed.get(3).id());
    }

    @Test
    void takesOnAsMuchThatIsNewHoweverMuchAReplaySendsAgain() {
        int before = lane.room();
        offer(Stream.generate(() -> replayed(now)).limit(10).toList());
        assertThat(lane.room()).isEqualTo(before);
        assertThat(lane.held()).isEqualTo(10);
    }

    @Test
    void givesBackWhatAReplaySendsAgainToo() {
        offer(Stream.generate(() -> replayed(now)).limit(3).toList());
        lane.giveBackWaiting();
        crank();
        assertThat(givenBack).hasSize(2);
        assertThat(lane.held()).isEqualTo(1);
    }

    @Test
    void letsGoOfADeliveryOnceItIsRecordedThoughItsReceiversHealthIsNotNoted() {
        Delivery delivery = offer(1).get(0);
        answer(delivery, new NextStep.Retry(Duration.ZERO));

        assertThat(observing).hasSize(1);
        assertThat(released).containsExactly(delivery.id());
        assertThat(due).containsExactly(Duration.ZERO);
    }

    @Test
    void givesBackWhatCanNotBeAnsweredWithinItsLease() {
        List<Delivery> three = offer(3);
        now += Duration.ofSeconds(31).toNanos();

        answer(three.get(0), new NextStep.Settle(DeliveryStatus.DELIVERED, null));

        assertThat(givenBack).containsExactly(three.get(2).id());
    }

    @Test
    void sendsNothingMoreThatWasLeasedBeforeTheWebhookChanged() {
        List<Delivery> three = offer(3);
        now += 1;
        lane.changed();
        crank();
        assertThat(givenBack).containsExactly(three.get(2).id());

        answer(three.get(0), new NextStep.Settle(DeliveryStatus.DELIVERED, null));
        Delivery claimedBefore = delivery(now - 1);
        now += 1;
        Delivery claimedAfter = delivery(now);
        offer(List.of(claimedBefore, claimedAfter));
        assertThat(givenBack).contains(claimedBefore.id());
        assertThat(inFlight).containsKey(claimedAfter.id());
    }

    @Test
    void holdsOfASlowReceiversDeliveriesOnlyWhatItTakesInTime() {
        assertThat(lane.room()).isGreaterThan(20);
        List<Delivery> twenty = offer(20);
        now += Duration.ofSeconds(5).toNanos();
        answer(twenty.get(0), new NextStep.Settle(DeliveryStatus.DELIVERED, null));

        // Two at once, 5 s each: four in 10 s, and twice as many are not worth giving back.
        assertThat(lane.capacity()).isEqualTo(4);
        assertThat(givenBack).isNotEmpty();
        assertThat(lane.held() - inFlight.size()).isLessThanOrEqualTo(8);
        // The last first, so that the others keep their order.
        assertThat(givenBack.get(0)).isEqualTo(twenty.get(19).id());
    }

    @Test
    void holdsMoreOnceItKnowsThatItsReceiverIsFast() {
        // Two at once, 400 ms each as a first guess, for 10 s.
        assertThat(lane.capacity()).isEqualTo(50);
        List<Delivery> one = offer(1);
        now += Duration.ofMillis(20).toNanos();
        answer(one.get(0), new NextStep.Settle(DeliveryStatus.DELIVERED, null));

        assertThat(lane.capacity()).isEqualTo(1_000);
    }

    @Test
    void givesBackWhatItIsNotOffered() {
        List<Delivery> two = List.of(delivery(now), delivery(now));
        lane.reserve(two);
        lane.decline(two);
        crank();
        assertThat(givenBack).containsExactly(two.get(0).id(), two.get(1).id());
        assertThat(lane.held()).isZero();
    }

    @Test
    void takesOnNothingForAMinuteIfItsWebhookCanNotBeSentTo() {
        // The second has never known its webhook: its secret could not be opened from the start.
        for (Lane unsendable : List.of(lane, unknown())) {
            assertThat(unsendable.room()).isPositive();
            unsendable.unsendable();
            assertThat(unsendable.room()).isZero();
            now += Duration.ofSeconds(61).toNanos();
            assertThat(unsendable.room()).isPositive();
        }
    }

    @Test
    void keepsToItsRateByTheTimeThatPasses() {
        lane = lane(OptionalDouble.of(10));
        offer(2);
        assertThat(inFlight).hasSize(1);
        assertThat(timers.values()).containsExactly(Duration.ofMillis(95));
        now += Duration.ofMillis(95).toNanos();
        timers.keySet().forEach(Runnable::run);
        crank();
        assertThat(inFlight).hasSize(2);
    }

    private Lane lane(OptionalDouble rateLimit) {
        return lane(rateLimit, CONCURRENCY);
    }

    private Lane lane(OptionalDouble rateLimit, int concurrency) {
        Lane made = unknown();
        Settings defaults = Settings.DEFAULT;
        made.update(new WebhookTarget(
                WEBHOOK,
                1,
                1,
                target(),
                SecurityKeys.of("a-key"),
                List.of(),
                new Settings(
                        defaults.headers(),
                        true,
                        defaults.securityKeyHeader(),
                        Optional.empty(),
                        concurrency,
                        rateLimit,
                        Optional.empty(),
                        false,
                        Duration.ZERO,
                        Optional.empty(),
                        Settings.Format.STANDARD)));
        return made;
    }

    private Lane unknown() {
        return new Lane(
                WEBHOOK,
                new HandCranked(),
                new Receiving(),
                new Deadlines(config),
                config,
                new LanesFixture.Alone(),
                () -> now,
                new Noting());
    }

    private static TargetUrl target() {
        try {
            return TargetUrl.parse("https://example.com/");
        } catch (InvalidTargetUrl e) {
            throw new IllegalStateException(e);
        }
    }

    private List<Delivery> offer(int count) {
        List<Delivery> deliveries =
                IntStream.range(0, count).mapToObj(i -> delivery(now)).toList();
        offer(deliveries);
        return deliveries;
    }

    private void offer(List<Delivery> deliveries) {
        lane.reserve(deliveries);
        lane.offer(deliveries);
        crank();
    }

    private static Delivery delivery(long takenAt) {
        EventPayload event = new EventPayload(UUID.randomUUID(), 1, "videofacade_update", "{}", Instant.EPOCH, null);
        Lease lease = new Lease(OffsetDateTime.MAX, takenAt);
        return new Delivery(event, WEBHOOK, 1, 0, null, false, null, lease);
    }

    private static Delivery replayed(long takenAt) {
        Delivery fresh = delivery(takenAt);
        return new Delivery(fresh.event(), WEBHOOK, 1, 3, null, false, null, 3, fresh.lease());
    }

    private static List<UUID> ids(List<Delivery> deliveries) {
        return deliveries.stream().map(Delivery::id).toList();
    }

    private void answer(Delivery delivery, NextStep next) {
        Sent sent = inFlight.remove(delivery.id());
        sent.sent().run();
        crank();
        AttemptOutcome outcome = new AttemptOutcome.Delivered(200);
        Attempt attempt = new Attempt(1, Instant.EPOCH, Duration.ZERO, outcome, NOTHING);
        sent.recorded().complete(new CompletedAttempt(delivery, attempt, next, now));
        crank();
    }

    private void crank() {
        while (!tasks.isEmpty()) {
            tasks.poll().run();
        }
    }

    private final class HandCranked implements Loop {
        @Override
        public void run(Runnable task) {
            tasks.add(task);
        }

        @Override
        public void after(Duration delay, Runnable task) {
            timers.put(task, delay);
        }
    }

    private final class Receiving implements Carrier {
        @Override
        public Uni<CompletedAttempt> deliver(
                Delivery delivery, WebhookTarget target, Receiver receiver, Runnable sent) {
            return Uni.createFrom().emitter(emitter -> inFlight.put(delivery.id(), new Sent(delivery, sent, emitter)));
        }

        @Override
        public Uni<Void> observe(CompletedAttempt completed, Receiver receiver) {
            return Uni.createFrom().emitter(observing::add);
        }

        @Override
        public Uni<Void> giveBack(Delivery delivery) {
            givenBack.add(delivery.id());
            return Uni.createFrom().voidItem();
        }

        @Override
        public Uni<Void> circuitOpened(int webhookId) {
            return Uni.createFrom().voidItem();
        }
    }

    private final class Noting implements LaneReports {
        @Override
        public long roomInBytes() {
            return Long.MAX_VALUE;
        }

        @Override
        public boolean mayBeginMore() {
            return mayBeginMore;
        }

        @Override
        public boolean isDraining() {
            return false;
        }

        @Override
        public void begun() {}

        @Override
        public void ended() {}

        @Override
        public void released(Delivery delivery, Lane lane) {
            released.add(delivery.id());
        }

        @Override
        public void givenBack(Lane lane) {
            due.add(Duration.ZERO);
        }

        @Override
        public void dueIn(Duration delay) {
            due.add(delay);
        }

        @Override
        public void faulted(Delivery delivery, Throwable fault) {
            throw new AssertionError(fault);
        }
    }
}
