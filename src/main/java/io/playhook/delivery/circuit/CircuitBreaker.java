package io.playhook.delivery.circuit;

import java.time.temporal.ChronoUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

import jakarta.enterprise.util.TypeLiteral;

import io.smallrye.faulttolerance.api.CircuitBreakerState;
import io.smallrye.faulttolerance.api.TypedGuard;
import io.smallrye.mutiny.Uni;

/**
 * Decides in this pod when a webhook's circuit opens: when half of its last 20 attempts failed, but not before there were
 * 10. What follows, the hold and the probe, is shared by all pods and belongs to {@link Circuits}.
 *
 * <p>The decision is SmallRye Fault Tolerance's. Its window counts only when it is full, so a new one is seeded with ten
 * outcomes in turn, failure and success: then, of any 10 to 20 attempts, exactly those that have half of them failed
 * open it. It never closes by itself (its delay is longer than any process lives): {@link #reset} does, when the shared
 * state has closed.
 */
public final class CircuitBreaker {

    static final int WINDOW = 20;
    static final int LEAST_ATTEMPTS = 10;
    static final double FAILURE_RATIO = 0.5;

    private static final TypeLiteral<Uni<Object>> ANY_UNI = new TypeLiteral<>() {};
    private static final long FOREVER_DAYS = 36_500;

    private final Runnable onOpen;
    private volatile TypedGuard<Uni<Object>> guard;

    /** A closed breaker that runs {@code onOpen} each time it opens. */
    public CircuitBreaker(Runnable onOpen) {
        this.onOpen = onOpen;
        reset();
    }

    /**
     * Makes an attempt if the circuit is closed; else fails with {@link CircuitOpenException} and makes none.
     *
     * @param attempt gives the attempt's result, whatever it is, as an item
     * @param isFailure whether a result counts against the receiver
     */
    @SuppressWarnings("unchecked")
    public <T> Uni<T> call(Supplier<Uni<T>> attempt, Predicate<T> isFailure) {
        return guard.get(() -> attempt.get()
                        .map(result -> (Object) result)
                        .onItem()
                        .transformToUni(result -> isFailure.test((T) result)
                                ? Uni.createFrom().failure(new FailedAttempt(result))
                                : Uni.createFrom().item(result)))
                .onFailure(FailedAttempt.class)
                .recoverWithItem(failure -> failure.result)
                .onFailure(org.eclipse.microprofile.faulttolerance.exceptions.CircuitBreakerOpenException.class)
                .transform(open -> new CircuitOpenException())
                .map(result -> (T) result);
    }

    /** Closes it, and forgets what led to its opening. */
    public void reset() {
        TypedGuard<Uni<Object>> fresh = TypedGuard.create(ANY_UNI)
                .withCircuitBreaker()
                .requestVolumeThreshold(WINDOW)
                .failureRatio(FAILURE_RATIO)
                .delay(FOREVER_DAYS, ChronoUnit.DAYS)
                .onStateChange(this::stateChanged)
                .done()
                // In place: left to itself it puts each attempt at the end of its event loop's queue first.
                .withThreadOffload(true)
                .withThreadOffloadExecutor(Runnable::run)
                .build();
        for (int i = 0; i < LEAST_ATTEMPTS; i++) {
            seed(fresh, i % 2 == 0);
        }
        guard = fresh;
    }

    private void stateChanged(CircuitBreakerState state) {
        if (state == CircuitBreakerState.OPEN) {
            onOpen.run();
        }
    }

    private static void seed(TypedGuard<Uni<Object>> guard, boolean failure) {
        guard.get(() -> failure
                        ? Uni.createFrom().failure(new FailedAttempt(null))
                        : Uni.createFrom().nullItem())
                .subscribe()
                .with(item -> {}, expected -> {});
    }

    /** Carries a result that counts as a failure through the library, which counts exceptions. */
    private static final class FailedAttempt extends RuntimeException {
        private final transient Object result;

        FailedAttempt(Object result) {
            super(null, null, false, false);
            this.result = result;
        }
    }
}
