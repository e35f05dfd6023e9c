package io.playhook.history;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

import org.junit.jupiter.api.Test;

import io.playhook.history.DeliveryFacts.Open;

import static org.assertj.core.api.Assertions.assertThat;

class WhyTest {

    private static final Instant NOW = Instant.parse("2026-01-31T15:00:00Z");
    private static final Instant LATER = Instant.parse("2026-01-31T15:04:05.678Z");
    private static final Instant TOMORROW = Instant.parse("2026-02-01T15:04:05Z");
    private static final UUID OTHER = new UUID(1, 2);

    private String webhookStatus = "active";
    private String circuitState = "closed";
    private Optional<Instant> circuitOpenUntil = Optional.empty();
    private Optional<Double> rateLimit = Optional.empty();
    private int attemptsMade;

    @Test
    void namesTheRetryThatItWaitsFor() {
        attemptsMade = 2;
        assertThat(ofOpen(due(LATER)))
                .isEqualTo("It waits for attempt 3 of 11, due at 15:04:05Z: the receiver answered 503.");
        assertThat(ofOpen(due(TOMORROW))).contains("due at 2026-02-01T15:04:05Z");
        // By hand there may be more than the schedule has.
        attemptsMade = 11;
        assertThat(ofOpen(due(LATER))).contains("attempt 12 of 12");
    }

    @Test
    void namesANewerUpdateThatMayCome() {
        assertThat(ofOpen(due(LATER)))
                .isEqualTo("It waits until 15:04:05Z for a newer update of its player, which would take its place"
                        + " (coalesce_ms).");
    }

    @Test
    void namesThePause() {
        webhookStatus = "paused";
        circuitState = "open";
        assertThat(ofOpen(due(NOW))).isEqualTo("It waits because the webhook is paused.");
    }

    @Test
    void namesTheEndOfItsWebhook() {
        webhookStatus = "disabled";
        assertThat(ofOpen(due(NOW)))
                .isEqualTo("It is about to be canceled: the webhook is disabled, nothing but failures for days.");
        webhookStatus = "deleted";
        assertThat(ofOpen(due(NOW))).contains("the webhook is deleted");
    }

    @Test
    void namesTheCircuitUnlessItsOwnTimeComesLater() {
        circuitState = "open";
        circuitOpenUntil = Optional.of(LATER);
        assertThat(ofOpen(due(NOW)))
                .isEqualTo("It waits because the webhook's circuit is open: the receiver is tried again at 15:04:05Z.");
        attemptsMade = 1;
        assertThat(ofOpen(due(TOMORROW))).contains("attempt 2 of 11");
        circuitOpenUntil = Optional.empty();
        assertThat(ofOpen(due(TOMORROW))).isEqualTo("It waits because the webhook's circuit is held open by hand.");
        circuitState = "half_open";
        assertThat(ofOpen(due(NOW))).contains("another delivery is on its way to try the receiver");
        assertThat(ofOpen(due(TOMORROW))).contains("attempt 2 of 11");
    }

    @Test
    void namesTheEventThatComesBeforeIt() {
        assertThat(ofOpen(new Open(false, 0, Optional.empty(), Optional.of(OTHER), Optional.empty())))
                .isEqualTo(
                        "It waits for its turn: the event %s of the same player is not settled yet.".formatted(OTHER));
        assertThat(ofOpen(new Open(false, 0, Optional.empty(), Optional.empty(), Optional.empty())))
                .contains("the event before it of the same player");
    }

    @Test
    void namesTheLimitThatItWaitsFor() {
        assertThat(ofOpen(held(19))).isEqualTo("Attempt 1 is on its way to the receiver.");
        assertThat(ofOpen(held(20)))
                .isEqualTo("It waits for its place behind 20 others: the webhook allows 20 at once (max_concurrency).");
        assertThat(ofOpen(behind(20)))
                .isEqualTo("It is due, behind 20 others: the webhook allows 20 at once (max_concurrency).");
        assertThat(ofOpen(behind(19))).isEqualTo("It is due, and goes out next.");
        assertThat(ofOpen(behind(1_000))).contains("behind 1000 others or more");
        assertThat(ofOpen(behind(0))).isEqualTo("It is due, and goes out next.");
        rateLimit = Optional.of(2.0);
        assertThat(ofOpen(held(0))).isEqualTo("Attempt 1 is on its way to the receiver.");
        assertThat(ofOpen(held(1))).contains("one other: the webhook allows 2 a second (rate_limit)");
        rateLimit = Optional.of(0.5);
        assertThat(ofOpen(behind(7))).contains("behind 7 others: the webhook allows 0.5 a second (rate_limit)");
    }

    @Test
    void namesTheReplayThatSendsItAgain() {
        String pace = "It is sent again by replay 7, at its pace behind what is new.";
        Optional<Integer> replay = Optional.of(7);
        assertThat(ofOpen(new Open(false, 30, Optional.of(NOW), Optional.empty(), replay)))
                .isEqualTo(pace);
        assertThat(ofOpen(new Open(true, 0, Optional.of(NOW), Optional.empty(), replay)))
                .isEqualTo(pace);
    }

    @Test
    void namesWhatSettledIt() {
        attemptsMade = 2;
        assertThat(ofSettled("delivered", null, Optional.of(204)))
                .isEqualTo("It was delivered with attempt 2: the receiver answered 204.");
        assertThat(ofSettled("failed", "all 11 attempts failed, the last: no answer within 15 s", Optional.empty()))
                .isEqualTo("It failed: all 11 attempts failed, the last: no answer within 15 s.");
        assertThat(ofSettled("canceled", "the webhook was deleted", Optional.empty()))
                .isEqualTo("It was canceled: the webhook was deleted.");
        assertThat(ofSettled("superseded", "a newer update of the player took its place", Optional.empty()))
                .isEqualTo("It was not sent: a newer update of the player took its place.");
    }

    private static Open due(Instant at) {
        return new Open(false, 0, Optional.of(at), Optional.empty(), Optional.empty());
    }

    private static Open behind(int others) {
        return new Open(false, others, Optional.of(NOW), Optional.empty(), Optional.empty());
    }

    private static Open held(int others) {
        return new Open(true, others, Optional.of(NOW), Optional.empty(), Optional.empty());
    }

    private String ofOpen(Open open) {
        return of("waiting", null, Optional.empty(), Optional.of(open));
    }

    private String ofSettled(String status, String reason, Optional<Integer> answer) {
        return of(status, reason, answer, Optional.empty());
    }

    private String of(String status, String reason, Optional<Integer> answer, Optional<Open> open) {
        DeliveryView delivery = new DeliveryView(
                OTHER, OTHER, "playlist_update", "p", 1, 1, status, reason, attemptsMade, null, NOW, null, null, null);
        Optional<String> lastReason =
                attemptsMade == 0 || answer.isPresent() ? Optional.empty() : Optional.of("the receiver answered 503");
        return Why.of(
                delivery,
                new DeliveryFacts(
                        NOW,
                        11,
                        lastReason,
                        answer,
                        webhookStatus,
                        webhookStatus.equals("disabled")
                                ? Optional.of("nothing but failures for days")
                                : Optional.empty(),
                        circuitState,
                        circuitOpenUntil,
                        20,
                        rateLimit,
                        open));
    }
}
