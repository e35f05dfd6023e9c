package io.playhook.observability;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import jakarta.enterprise.context.ApplicationScoped;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import io.playhook.delivery.CompletedAttempt;
import io.playhook.delivery.DeliveryListener;
import io.playhook.delivery.NextStep;

/**
 * Counts attempts and settled deliveries. There is no label for the webhook: a label with as many values as there are
 * customers would outgrow any metrics store.
 */
@ApplicationScoped
class DeliveryMetrics implements DeliveryListener {

    private final MeterRegistry registry;
    private final Map<String, Timer> attempts = new ConcurrentHashMap<>();
    private final Map<String, Counter> steps = new ConcurrentHashMap<>();

    DeliveryMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void attempted(CompletedAttempt completed) {
        attempts.computeIfAbsent(completed.attempt().outcome().label(), this::attemptTimer)
                .record(completed.attempt().duration());
        steps.computeIfAbsent(step(completed.nextStep()), this::stepCounter).increment();
    }

    private static String step(NextStep next) {
        if (next instanceof NextStep.Settle settle) {
            return settle.status().toString();
        }
        return next instanceof NextStep.Retry ? "retry" : "canceled";
    }

    private Timer attemptTimer(String outcome) {
        return Timer.builder("playhook.attempts")
                .description("HTTP requests made for deliveries")
                .tag("outcome", outcome)
                .register(registry);
    }

    private Counter stepCounter(String step) {
        return Counter.builder("playhook.deliveries")
                .description("What became of deliveries after an attempt")
                .tag("step", step)
                .register(registry);
    }
}
