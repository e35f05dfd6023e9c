package io.playhook.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;

/** What was measured of one workload, each figure once for each repetition. */
final class Figures {

    private final Map<String, List<Double>> values = new LinkedHashMap<>();

    void add(String figure, double value) {
        values.computeIfAbsent(figure, name -> new ArrayList<>()).add(value);
    }

    double median(String figure) {
        double[] sorted = sorted(figure).toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    double least(String figure) {
        return sorted(figure).min().orElseThrow();
    }

    double most(String figure) {
        return sorted(figure).max().orElseThrow();
    }

    boolean has(String figure) {
        return values.containsKey(figure);
    }

    private DoubleStream sorted(String figure) {
        return values.get(figure).stream().mapToDouble(value -> value).sorted();
    }
}
