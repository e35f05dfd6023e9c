package io.playhook.stats;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How often which duration was measured, in milliseconds: up to 15 each by itself, above that in eight buckets for each doubling,
 * so that a percentile is off by a sixteenth of itself at most. Not thread-safe.
 */
final class Histogram {

    private static final int EXACT = 16;
    private static final int EXACT_BITS = 4;
    private static final int BITS_OF_BUCKET = 3;
    private static final int BUCKETS_OF_DOUBLING = 1 << BITS_OF_BUCKET;

    private long[] counts = new long[EXACT];

    /** Counts a duration. */
    void add(long millis) {
        add(bucket(Math.max(0, millis)), 1);
    }

    /** Adds what {@link #pairs} of another has given. */
    void add(List<Integer> pairs) {
        for (int i = 0; i + 1 < pairs.size(); i += 2) {
            add(pairs.get(i), pairs.get(i + 1));
        }
    }

    private void add(int bucket, long count) {
        if (bucket >= counts.length) {
            counts = Arrays.copyOf(counts, bucket + BUCKETS_OF_DOUBLING);
        }
        counts[bucket] += count;
    }

    /** The buckets that are not empty, each followed by its count. */
    List<Integer> pairs() {
        List<Integer> pairs = new ArrayList<>();
        for (int bucket = 0; bucket < counts.length; bucket++) {
            if (counts[bucket] > 0) {
                pairs.add(bucket);
                pairs.add((int) Math.min(Integer.MAX_VALUE, counts[bucket]));
            }
        }
        return pairs;
    }

    /** The duration that this part of all that were counted did not exceed, from 0 to 1; null where there are none. */
    Long percentile(double part) {
        long all = Arrays.stream(counts).sum();
        long wanted = Math.max(1, (long) Math.ceil(part * all));
        long seen = 0;
        for (int bucket = 0; bucket < counts.length; bucket++) {
            seen += counts[bucket];
            if (seen >= wanted) {
                return middle(bucket);
            }
        }
        return null;
    }

    private static int bucket(long millis) {
        if (millis < EXACT) {
            return (int) millis;
        }
        int doubling = Long.SIZE - 1 - Long.numberOfLeadingZeros(millis);
        int within = (int) (millis >> (doubling - BITS_OF_BUCKET)) & (BUCKETS_OF_DOUBLING - 1);
        return EXACT + (doubling - EXACT_BITS) * BUCKETS_OF_DOUBLING + within;
    }

    private static long middle(int bucket) {
        if (bucket < EXACT) {
            return bucket;
        }
        int doubling = EXACT_BITS + (bucket - EXACT) / BUCKETS_OF_DOUBLING;
        long width = 1L << (doubling - BITS_OF_BUCKET);
        long first = (1L << doubling) + (bucket - EXACT) % BUCKETS_OF_DOUBLING * width;
        return first + width / 2;
    }
}
