package io.playhook.history;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

import io.playhook.history.DeliveryFacts.Open;

/** Says in words why a delivery is as it is: what holds it back now, or what settled it. */
final class Why {

    private final DeliveryView delivery;
    private final DeliveryFacts facts;

    private Why(DeliveryView delivery, DeliveryFacts facts) {
        this.delivery = delivery;
        this.facts = facts;
    }

    static String of(DeliveryView delivery, DeliveryFacts facts) {
        Why why = new Why(delivery, facts);
        return facts.open().map(why::ofOpen).orElseGet(why::ofSettled);
    }

    private String ofSettled() {
        String reason = Optional.ofNullable(delivery.reason()).orElse("for no reason that is on record");
        return switch (delivery.status()) {
            case "delivered" ->
                "It was delivered with attempt %d%s."
                        .formatted(
                                delivery.attemptsMade(),
                                facts.lastStatusCode()
                                        .map(status -> ": the receiver answered " + status)
                                        .orElse(""));
            case "failed" -> "It failed: %s.".formatted(reason);
            case "superseded" -> "It was not sent: %s.".formatted(reason);
            default -> "It was canceled: %s.".formatted(reason);
        };
    }

    // What holds longest comes first: nothing goes out of a paused webhook, whatever else is the case.
    private String ofOpen(Open open) {
        if (open.isHeld()) {
            return ofHeld(open);
        }
        if (facts.webhookStatus().equals("paused")) {
            return "It waits because the webhook is paused.";
        }
        if (!facts.webhookStatus().equals("active")) {
            return "It is about to be canceled: the webhook is %s%s."
                    .formatted(
                            facts.webhookStatus(),
                            facts.webhookReason().map(reason -> ", " + reason).orElse(""));
        }
        if (open.dueAt().isEmpty()) {
            return "It waits for its turn: the event %s of the same player is not settled yet."
                    .formatted(open.behind().map(Object::toString).orElse("before it"));
        }
        Instant dueAt = open.dueAt().get();
        if (isHeldByCircuitUntilAfter(dueAt)) {
            return ofCircuit();
        }
        return dueAt.isAfter(facts.now()) ? ofTime(dueAt) : ofDue(open);
    }

    private String ofHeld(Open open) {
        if (open.replay().isPresent()) {
            return ofReplay(open);
        }
        return limit(open)
                .map(limit -> "It waits for its place behind %s: the webhook allows %s."
                        .formatted(counted(open.before()), limit))
                .orElse("Attempt %d is on its way to the receiver.".formatted(delivery.attemptsMade() + 1));
    }

    /** The limit that those before it use up; empty if none does. */
    private Optional<String> limit(Open open) {
        if (facts.rateLimit().isPresent() && open.before() > 0) {
            return Optional.of("%s a second (rate_limit)"
                    .formatted(number(facts.rateLimit().get())));
        }
        return open.before() >= facts.maxConcurrency()
                ? Optional.of("%d at once (max_concurrency)".formatted(facts.maxConcurrency()))
                : Optional.empty();
    }

    private boolean isHeldByCircuitUntilAfter(Instant dueAt) {
        return switch (facts.circuitState()) {
            case "open" ->
                facts.circuitOpenUntil().map(until -> until.isAfter(dueAt)).orElse(true);
            case "half_open" -> !dueAt.isAfter(facts.now());
            default -> false;
        };
    }

    private String ofCircuit() {
        if (facts.circuitState().equals("half_open")) {
            return "It waits because the webhook's circuit is open: another delivery is on its way to try the receiver.";
        }
        return facts.circuitOpenUntil()
                .map(until -> "It waits because the webhook's circuit is open: the receiver is tried again at %s."
                        .formatted(time(until)))
                .orElse("It waits because the webhook's circuit is held open by hand.");
    }

    private String ofTime(Instant dueAt) {
        if (delivery.attemptsMade() == 0) {
            return "It waits until %s for a newer update of its player, which would take its place (coalesce_ms)."
                    .formatted(time(dueAt));
        }
        int next = delivery.attemptsMade() + 1;
        return "It waits for attempt %d of %d, due at %s%s."
                .formatted(
                        next,
                        Math.max(next, facts.attemptsAllowed()),
                        time(dueAt),
                        facts.lastReason().map(reason -> ": " + reason).orElse(""));
    }

    private String ofDue(Open open) {
        if (open.replay().isPresent()) {
            return ofReplay(open);
        }
        return limit(open)
                .map(limit -> "It is due, behind %s: the webhook allows %s.".formatted(counted(open.before()), limit))
                .orElse("It is due, and goes out next.");
    }

    // Whether it is on its way already stands nowhere: it is one of the few that its replay has opened.
    private static String ofReplay(Open open) {
        return "It is sent again by replay %d, at its pace behind what is new."
                .formatted(open.replay().orElseThrow());
    }

    private static String counted(int others) {
        if (others >= DeliveryDetailRepository.COUNTED) {
            return "%d others or more".formatted(DeliveryDetailRepository.COUNTED);
        }
        return others == 1 ? "one other" : "%d others".formatted(others);
    }

    private static String number(double rate) {
        return rate == Math.rint(rate) ? Long.toString((long) rate) : Double.toString(rate);
    }

    /** With its date unless it is today. */
    private String time(Instant at) {
        String text = at.truncatedTo(ChronoUnit.SECONDS).toString();
        boolean isToday = at.atOffset(ZoneOffset.UTC)
                .toLocalDate()
                .equals(facts.now().atOffset(ZoneOffset.UTC).toLocalDate());
        return isToday ? text.substring(text.indexOf('T') + 1) : text;
    }
}
