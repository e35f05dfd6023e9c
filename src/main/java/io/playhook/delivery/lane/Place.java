package io.playhook.delivery.lane;

import java.util.List;
import java.util.UUID;

/**
 * A pod among all that are alive.
 *
 * @param pods all of them, this one too
 */
record Place(List<UUID> pods, UUID self) {

    /** A place among pods of which it is not yet known whether they are alive. */
    static Place alone(UUID self) {
        return new Place(List.of(self), self);
    }

    /**
     * This pod's part of {@code limit}. The parts of all pods make up the whole. Who gets one more than another is drawn for
     * each webhook (rendezvous hashing): where a pod comes or goes, only the parts that were its own move. Where the limit is
     * lower than the number of pods, some get none.
     */
    int share(int limit, int webhookId) {
        int all = pods.size();
        int rest = limit % all;
        return limit / all + (rest > 0 && rank(webhookId) < rest ? 1 : 0);
    }

    /** How many pods come before this one for a webhook. */
    private long rank(int webhookId) {
        long own = score(self, webhookId);
        return pods.stream()
                .filter(pod -> {
                    long score = score(pod, webhookId);
                    // Ids break a tie, which is as good as impossible.
                    return score > own || score == own && pod.compareTo(self) > 0;
                })
                .count();
    }

    /** Spreads evenly what differs in a bit or two: the finalizer of SplitMix64 (Steele, Lea, Flood, 2014). */
    private static long score(UUID pod, int webhookId) {
        long bits = pod.getMostSignificantBits() ^ Long.rotateLeft(pod.getLeastSignificantBits(), 17);
        bits += webhookId * 0x9e3779b97f4a7c15L;
        bits = (bits ^ bits >>> 30) * 0xbf58476d1ce4e5b9L;
        bits = (bits ^ bits >>> 27) * 0x94d049bb133111ebL;
        return bits ^ bits >>> 31;
    }
}
