package io.playhook.replay;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.UUID;

/**
 * A replay as it stands, and what it does next. First it counts what there is, then it opens that, a few at a time: what is
 * settled, in the order of ids, and then what is missing, in the order of the feed: of its
 * organization, and then of each below that. Pure: what it says depends on what it is made of alone.
 *
 * @param types of which events; empty for all
 * @param feedStart the transaction behind which the window begins
 * @param feedEnd what was accepted before the replay began, before this transaction
 * @param firstEvent an id that lies before the window
 * @param lastEvent an id that lies behind it
 * @param total how many it sends; empty while they are counted
 * @param opened how many were opened, or counted so far
 * @param idleSeconds for how long its rate limit has not been used
 */
record Replay(
        int id,
        int organizationId,
        int webhookId,
        String status,
        String[] statuses,
        boolean isForMissing,
        Optional<String[]> types,
        OffsetDateTime since,
        OffsetDateTime until,
        String feedStart,
        String feedEnd,
        UUID firstEvent,
        UUID lastEvent,
        Place place,
        Optional<Integer> total,
        int opened,
        double idleSeconds,
        Circumstances circumstances) {

    /** Between two steps that have something to do: others get a turn at the database. */
    private static final Duration SHORTLY = Duration.ofMillis(20);

    /** Until something else changes: a delivery of it goes out, its webhook is resumed, a transaction ends. */
    private static final Duration LATER = Duration.ofSeconds(1);

    /** Deliveries a second unless the request says. A replay is in no hurry, and what is new must not feel it. */
    private static final double DEFAULT_RATE = 50;

    /** A webhook's own rate limit is left to others by half. */
    private static final double PART_OF_RATE = 0.5;

    private static final double BURST_SECONDS = 1;

    /** As much as the rate allows in this time is opened together: each step is a transaction. */
    private static final double PACE_SECONDS = 0.2;

    private static final UUID LAST_ID = new UUID(-1, -1);

    /**
     * Where a replay has come to.
     *
     * @param afterEvent of what is settled
     * @param feedOf the organization in whose feed it looks for what is missing
     * @param afterTx where in that feed
     */
    record Place(Stage stage, UUID afterEvent, int feedOf, String afterTx, UUID afterId) {}

    /** What a replay looks for. */
    enum Stage {
        SETTLED,
        MISSING,
        END;

        static Stage of(String spelling) {
            return valueOf(spelling.toUpperCase(Locale.ROOT));
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What a replay goes by.
     *
     * @param subscriptions what the webhook wants to hear of by now
     * @param filter of the webhook, as an SQL/JSON path
     * @param isFinal whether every transaction that began before the replay has ended
     * @param nextFeedOf the organization below its own whose events are looked at next, if there is one
     * @param untried how many it has opened that were not tried yet
     */
    record Circumstances(
            String webhookStatus,
            Set<String> subscriptions,
            int maxConcurrency,
            boolean ordered,
            OptionalDouble webhookRate,
            OptionalDouble rate,
            Optional<String> filter,
            boolean isFinal,
            Optional<Integer> nextFeedOf,
            int untried) {}

    /**
     * What a look has found.
     *
     * @param found how many
     * @param isEnd whether there is nothing more
     * @param afterEvent up to where was looked; empty where nothing was there
     */
    record Progress(
            int found, boolean isEnd, Optional<UUID> afterEvent, Optional<String> afterTx, Optional<UUID> afterId) {

        /** Nothing was looked for. */
        static final Progress NONE = new Progress(0, false, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /**
     * What became of a replay.
     *
     * @param isChange whether it stands anywhere else than before
     * @param opened how many were opened
     * @param next after how long there may be more to do; empty if it has ended
     * @param isForAttempts whether there may be more to do as soon as one that it has opened was tried
     */
    record Step(Replay replay, boolean isChange, int opened, Optional<Duration> next, boolean isForAttempts) {}

    boolean isCounting() {
        return total.isEmpty();
    }

    /** How many to look for now; 0 if there is nothing to look for, or it has to wait. */
    int wanted() {
        if (stage() == Stage.END || hasWebhookEnded() || mustWaitForCommits()) {
            return 0;
        }
        return isCounting() ? ReplayStore.LOOKED_AT : Math.min(room(), allowed());
    }

    private boolean mustWaitForCommits() {
        return stage() == Stage.MISSING && !circumstances.isFinal();
    }

    /** What follows from a look for as many as are wanted. */
    Step after(Progress progress) {
        if (hasWebhookEnded()) {
            return ended("canceled");
        }
        if (stage() == Stage.END) {
            return isCounting() ? counted() : circumstances.untried() == 0 ? ended("done") : waiting();
        }
        if (wanted() == 0) {
            return waiting();
        }
        Replay further = with(
                status,
                progress.isEnd() ? next() : behind(progress),
                total,
                opened + progress.found(),
                isCounting() ? idleSeconds : idleAfter(progress.found()));
        return isCounting()
                ? new Step(further, true, 0, Optional.of(SHORTLY), false)
                : new Step(
                        further,
                        true,
                        progress.found(),
                        Optional.of(further.pause()),
                        further.pause().equals(SHORTLY));
    }

    // From the beginning, now that it is known how many there are.
    private Step counted() {
        if (opened == 0) {
            return ended("done");
        }
        Stage first = statuses.length > 0 ? Stage.SETTLED : Stage.MISSING;
        return new Step(
                with(status, beginningOf(first, organizationId), Optional.of(opened), 0, idleSeconds),
                true,
                0,
                Optional.of(SHORTLY),
                false);
    }

    // What was counted may have gone out otherwise, or have been erased; and some may have come.
    private Step ended(String end) {
        Optional<Integer> all = end.equals("done") ? Optional.of(opened) : total;
        return new Step(with(end, place, all, opened, idleSeconds), true, 0, Optional.empty(), false);
    }

    private Step waiting() {
        boolean isForRate = stage() != Stage.END && !mustWaitForCommits() && !isCounting() && isActive() && room() > 0;
        return new Step(this, false, 0, Optional.of(isForRate ? pause() : LATER), !isForRate);
    }

    /** Until the rate allows some. */
    private Duration pause() {
        Duration pause = Duration.ofNanos((long) (1e9 * Math.max(0, together() - idleSeconds)));
        return pause.compareTo(SHORTLY) < 0 ? SHORTLY : pause;
    }

    /** The seconds in which the rate allows as many as are opened together. */
    private double together() {
        return Math.max(PACE_SECONDS, 1 / rate());
    }

    Stage stage() {
        return place.stage();
    }

    private Place behind(Progress progress) {
        return new Place(
                stage(),
                progress.afterEvent().orElse(place.afterEvent()),
                place.feedOf(),
                progress.afterTx().orElse(place.afterTx()),
                progress.afterId().orElse(place.afterId()));
    }

    private Place beginningOf(Stage stage, int feedOf) {
        return new Place(stage, firstEvent, feedOf, feedStart, LAST_ID);
    }

    private Place next() {
        if (stage() == Stage.SETTLED && isForMissing) {
            return beginningOf(Stage.MISSING, organizationId);
        }
        return stage() == Stage.MISSING && circumstances.nextFeedOf().isPresent()
                ? beginningOf(Stage.MISSING, circumstances.nextFeedOf().get())
                : beginningOf(Stage.END, place.feedOf());
    }

    private boolean isActive() {
        return circumstances.webhookStatus().equals("active");
    }

    private boolean hasWebhookEnded() {
        return !isActive() && !circumstances.webhookStatus().equals("paused");
    }

    /** The types that an event without a delivery may have. */
    String[] wantedTypes() {
        return circumstances.subscriptions().stream()
                .filter(type -> types.isEmpty() || Arrays.asList(types.get()).contains(type))
                .toArray(String[]::new);
    }

    /** How many more may be opened: as many as the receiver takes at once, and no more before half of them are through. */
    private int room() {
        if (!isActive()) {
            return 0;
        }
        int most = circumstances.ordered() ? 1 : Math.max(2, circumstances.maxConcurrency());
        int left = most - circumstances.untried();
        return left >= Math.max(1, most / 2) ? left : 0;
    }

    private double rate() {
        double own = circumstances.rate().orElse(DEFAULT_RATE);
        return Math.min(own, circumstances.webhookRate().orElse(Double.POSITIVE_INFINITY) * PART_OF_RATE);
    }

    private int allowed() {
        return usable() < together() - 1e-9
                ? 0
                : (int) Math.min(ReplayStore.LOOKED_AT, Math.floor(usable() * rate() + 1e-9));
    }

    /** What was not used long ago is lost. */
    private double usable() {
        return Math.min(idleSeconds, Math.max(BURST_SECONDS, 1 / rate()));
    }

    private double idleAfter(int found) {
        return usable() - found / rate();
    }

    private Replay with(
            String newStatus, Place newPlace, Optional<Integer> newTotal, int newOpened, double newIdleSeconds) {
        return new Replay(
                id,
                organizationId,
                webhookId,
                newStatus,
                statuses,
                isForMissing,
                types,
                since,
                until,
                feedStart,
                feedEnd,
                firstEvent,
                lastEvent,
                newPlace,
                newTotal,
                newOpened,
                newIdleSeconds,
                circumstances);
    }
}
