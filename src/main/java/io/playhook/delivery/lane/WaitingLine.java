package io.playhook.delivery.lane;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

import io.playhook.delivery.Delivery;

/**
 * What waits in a lane, in the order in which it goes out: what is new, and behind all of it what a replay sends again, of which
 * there are few in flight at once. It lives on its lane's loop.
 */
final class WaitingLine {

    /** What a replay sends again may take one slot of so many, so that others find one free; and one in any case. */
    private static final int SLOTS_FOR_ONE_REPLAYED = 4;

    private final Deque<Delivery> fresh = new ArrayDeque<>();
    private final Deque<Delivery> replayed = new ArrayDeque<>();
    private int replayedInFlight;

    void add(List<Delivery> deliveries) {
        deliveries.forEach(delivery -> lineOf(delivery).add(delivery));
    }

    private Deque<Delivery> lineOf(Delivery delivery) {
        return delivery.isReplayed() ? replayed : fresh;
    }

    int size() {
        return fresh.size() + replayed.size();
    }

    /** How many of them no replay sends. */
    int fresh() {
        return fresh.size();
    }

    /**
     * Whether one may go out.
     *
     * @param concurrency how many may be in flight in all
     * @param ordered whether those of one player have to arrive in order
     */
    boolean hasNext(int concurrency, boolean ordered) {
        int most = ordered ? 1 : Math.max(1, concurrency / SLOTS_FOR_ONE_REPLAYED);
        return !fresh.isEmpty() || !replayed.isEmpty() && replayedInFlight < most;
    }

    /** The one that goes out next. */
    Delivery next() {
        return fresh.isEmpty() ? replayed.poll() : fresh.poll();
    }

    /** The one that would go out last; of those that no replay sends, as long as there are any. */
    Delivery last() {
        return fresh.isEmpty() ? replayed.pollLast() : fresh.pollLast();
    }

    /** One that was taken from here is in flight. */
    void begun(Delivery delivery) {
        replayedInFlight += delivery.isReplayed() ? 1 : 0;
    }

    /** It is not in flight any more. */
    void ended(Delivery delivery) {
        replayedInFlight -= delivery.isReplayed() ? 1 : 0;
    }
}
