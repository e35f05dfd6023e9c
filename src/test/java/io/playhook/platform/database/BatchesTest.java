package io.playhook.platform.database;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class BatchesTest {

    /** Where one write is under way at a time, for ever if it must be. */
    private static final Batches.Timer NO_TIMER = (delay, task) -> {
        throw new IllegalStateException("There is nothing to wait for");
    };

    private final List<List<Integer>> written = new ArrayList<>();
    private final List<UniEmitter<? super Void>> writes = new ArrayList<>();
    private final List<Integer> done = new ArrayList<>();
    private final List<Integer> failed = new ArrayList<>();
    private final Batches<Integer> batches = new Batches<>(
            items -> {
                written.add(items);
                return Uni.createFrom().emitter(writes::add);
            },
            3,
            1,
            NO_TIMER);

    @Test
    void writesTheFirstAtOnceAndWhatComesMeanwhileTogether() {
        add(1);
        add(2);
        add(3);
        assertThat(written).containsExactly(List.of(1));
        writes.get(0).complete(null);
        assertThat(written).containsExactly(List.of(1), List.of(2, 3));
        assertThat(done).containsExactly(1);
    }

    @Test
    void writesNoMoreAtOnceThanItMay() {
        for (int i = 1; i <= 6; i++) {
            add(i);
        }
        writes.get(0).complete(null);
        assertThat(written).containsExactly(List.of(1), List.of(2, 3, 4));
        writes.get(1).complete(null);
        assertThat(written.get(2)).containsExactly(5, 6);
    }

    @Test
    void aBatchWeighsNoMoreThanItMayAndWhatWeighsMoreHasOneToItself() {
        Batches<Integer> weighed = new Batches<>(
                items -> {
                    written.add(items);
                    return Uni.createFrom().emitter(writes::add);
                },
                item -> item,
                3,
                1,
                NO_TIMER,
                Optional.empty());
        List.of(1, 1, 2, 1, 9, 3).forEach(item -> weighed.add(item).subscribe().with(done -> {}));
        for (int i = 0; i < 4; i++) {
            writes.get(i).complete(null);
        }
        assertThat(written).containsExactly(List.of(1), List.of(1, 2), List.of(1), List.of(9), List.of(3));
    }

    @Test
    void writesBesideAnotherWhatFillsABatch() {
        Batches<Integer> two = two((delay, task) -> {});
        for (int i = 1; i <= 3; i++) {
            two.add(i).subscribe().with(done -> {});
        }
        assertThat(written).containsExactly(List.of(1));
        two.add(4).subscribe().with(done -> {});
        assertThat(written).containsExactly(List.of(1), List.of(2, 3, 4));
        List.of(5, 6, 7).forEach(item -> two.add(item).subscribe().with(done -> {}));
        assertThat(written).hasSize(2);
    }

    @Test
    void writesBesideAnotherThatIsHeldUp() {
        List<Duration> delays = new ArrayList<>();
        List<Runnable> timers = new ArrayList<>();
        Batches<Integer> two = two((delay, task) -> {
            delays.add(delay);
            timers.add(task);
        });
        two.add(1).subscribe().with(done -> {});
        assertThat(timers).isEmpty();
        two.add(2).subscribe().with(done -> {});
        two.add(3).subscribe().with(done -> {});
        assertThat(delays).singleElement().satisfies(delay -> assertThat(delay).isLessThan(Duration.ofMillis(51)));
        Awaitility.await().until(() -> {
            // What comes too early sets another.
            timers.get(timers.size() - 1).run();
            return written.size() == 2;
        });
        assertThat(written).containsExactly(List.of(1), List.of(2, 3));
    }

    private Batches<Integer> two(Batches.Timer timer) {
        return new Batches<>(
                items -> {
                    written.add(items);
                    return Uni.createFrom().emitter(writes::add);
                },
                3,
                2,
                timer);
    }

    @Test
    void whatWaitsTooLongBehindAWriteThatHangsFailsAndIsNotWritten() {
        List<Runnable> timers = new ArrayList<>();
        Batches<Integer> impatient = new Batches<>(
                items -> {
                    written.add(items);
                    return Uni.createFrom().emitter(writes::add);
                },
                item -> 1,
                3,
                1,
                (delay, task) -> timers.add(task),
                Optional.of(Duration.ZERO));
        List<Throwable> faults = new ArrayList<>();
        impatient.add(1).subscribe().with(ok -> done.add(1), faults::add);
        impatient.add(2).subscribe().with(ok -> done.add(2), faults::add);
        assertThat(timers).hasSize(1);

        timers.get(0).run();

        assertThat(faults).singleElement().satisfies(fault -> {
            assertThat(DatabaseFault.isUnavailable(fault)).isTrue();
            assertThat(DatabaseFault.isAnswerLost(fault)).isFalse();
        });
        impatient.add(3).subscribe().with(ok -> done.add(3), faults::add);
        assertThat(timers).hasSize(2);
        writes.get(0).complete(null);
        writes.get(1).complete(null);
        timers.get(1).run();
        assertThat(written).containsExactly(List.of(1), List.of(3));
        assertThat(done).containsExactly(1, 3);
        assertThat(faults).hasSize(1);
    }

    @Test
    void whatAWaiterThrowsKeepsNobodyElseOfItsBatchWaiting() {
        add(1);
        batches.add(2, fault -> {
            throw new IllegalStateException("a waiter of a test breaks");
        });
        add(3);

        writes.get(0).complete(null);
        writes.get(1).complete(null);

        assertThat(written).containsExactly(List.of(1), List.of(2, 3));
        assertThat(done).containsExactly(1, 3);
    }

    @Test
    void failsAllOfABatchThatFailsAndGoesOn() {
        add(1);
        add(2);
        add(3);
        writes.get(0).complete(null);
        writes.get(1).fail(new IllegalStateException());
        assertThat(failed).containsExactly(2, 3);
        add(4);
        writes.get(2).complete(null);
        assertThat(done).containsExactly(1, 4);
    }

    @Test
    void goesOnThoughWritingThrowsBeforeItHasBegun() {
        Batches<Integer> throwing = new Batches<>(
                items -> {
                    if (items.get(0) < 3) {
                        throw new IllegalStateException();
                    }
                    return Uni.createFrom().voidItem();
                },
                1,
                1,
                NO_TIMER);
        for (int i = 1; i <= 3; i++) {
            int item = i;
            throwing.add(item).subscribe().with(v -> done.add(item), e -> failed.add(item));
        }
        assertThat(failed).containsExactly(1, 2);
        assertThat(done).containsExactly(3);
    }

    @Test
    void tellsEachCallerOnTheContextItCameFrom() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            CompletableFuture<Context> toldOn = new CompletableFuture<>();
            Context callers = vertx.getOrCreateContext();
            callers.runOnContext(v -> batches.add(1)
                    .subscribe()
                    .with(done -> toldOn.complete(Vertx.currentContext()), toldOn::completeExceptionally));
            Awaitility.await().until(() -> writes.size() == 1);
            writes.get(0).complete(null);
            assertThat(toldOn.get(10, TimeUnit.SECONDS)).isSameAs(callers);
        } finally {
            vertx.close();
        }
    }

    private void add(int item) {
        batches.add(item).subscribe().with(v -> done.add(item), e -> failed.add(item));
    }
}
