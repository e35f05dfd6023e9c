package io.playhook.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Who publishes and who receives, each a process of its own beside the service. */
final class Load implements AutoCloseable {

    private static final int CONNECTIONS = 64;
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Child sink;
    private final Child generator;
    private final int sinkPort;

    Load() throws IOException {
        sink = Child.start(Sink.class);
        generator = Child.start(Generator.class);
        sinkPort = sink.ask(order("port")).getInteger("port");
    }

    /**
     * What is published.
     *
     * @param tokens of those who publish, in turn; of none, to post bare requests to the sink
     * @param batch how many events one request holds
     * @param rate requests a second; 0 for the next on each connection as soon as the last is answered
     */
    record Publishing(List<String> tokens, int batch, double rate) {}

    /**
     * What came of it.
     *
     * @param events that were accepted
     * @param seconds from the first request to the last answer
     * @param p50 of the requests, in milliseconds
     * @param p99 likewise
     * @param acceptedAt when each event was accepted where it went at a steady rate, in microseconds since 1970
     */
    record Published(long events, double seconds, double p50, double p99, JsonObject acceptedAt) {

        double perSecond() {
            return events / seconds;
        }
    }

    /**
     * Publishes for so long.
     *
     * @param ports of the pods, in turn
     */
    Published publish(List<Integer> ports, Publishing publishing, double seconds) throws IOException {
        return send(ports, "/v1/events", publishing, seconds);
    }

    /** Posts to the sink, without the service. */
    Published postBare(double seconds) throws IOException {
        return send(List.of(sinkPort), Sink.NOTED, new Publishing(List.of(), 1, 0), seconds);
    }

    private Published send(List<Integer> ports, String path, Publishing publishing, double seconds) throws IOException {
        JsonObject result = generator.ask(new JsonObject()
                .put("ports", new JsonArray(ports))
                .put("path", path)
                .put("tokens", new JsonArray(publishing.tokens()))
                .put("batch", publishing.batch())
                .put("rate", publishing.rate())
                .put("seconds", seconds)
                .put("connections", CONNECTIONS));
        if (result.getLong("failed") > 0) {
            throw new IllegalStateException(result.getLong("failed") + " requests were refused");
        }
        return new Published(
                result.getLong("events"),
                result.getDouble("seconds"),
                result.getDouble("p50_ms"),
                result.getDouble("p99_ms"),
                result.getJsonObject("accepted_at"));
    }

    /** From now on, notes what arrives at {@link Sink#NOTED}. */
    void note() throws IOException {
        sink.ask(order("note"));
    }

    /** When each event that was noted arrived, and how many did so more than once. */
    Arrivals arrivals() throws IOException {
        JsonObject arrivals = sink.ask(order("arrivals"));
        return new Arrivals(arrivals.getJsonObject("at"), arrivals.getLong("repeated"));
    }

    /**
     * @param at in microseconds since 1970
     * @param repeated how many came again
     */
    record Arrivals(JsonObject at, long repeated) {

        /** From the answer to the arrival: p50 and p99, in milliseconds. Some arrive before their answer: that is 0. */
        double[] percentilesSince(JsonObject acceptedAt) {
            double[] millis = acceptedAt.fieldNames().stream()
                    .mapToDouble(id -> Math.max(0, (at.getLong(id) - acceptedAt.getLong(id)) / 1e3))
                    .sorted()
                    .toArray();
            return new double[] {millis[millis.length / 2], millis[(int) (0.99 * (millis.length - 1))]};
        }
    }

    /** How many requests have come so far. */
    long arrived() throws IOException {
        return sink.ask(order("count")).getLong("count");
    }

    void awaitArrivals(long count) throws Exception {
        await("count", count);
    }

    void awaitNoted(long count) throws Exception {
        await("noted", count);
    }

    private void await(String which, long count) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        long left = count - sink.ask(order("count")).getLong(which);
        while (left > 0) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("%d deliveries have not come within %s".formatted(left, PATIENCE));
            }
            Thread.sleep(20);
            left = count - sink.ask(order("count")).getLong(which);
        }
    }

    private static JsonObject order(String what) {
        return new JsonObject().put("do", what);
    }

    int sinkPort() {
        return sinkPort;
    }

    /** CPU-seconds of the sink so far. */
    double sinkCpu() {
        return Usage.cpuSeconds(sink.pid());
    }

    /** CPU-seconds of the generator so far. */
    double generatorCpu() {
        return Usage.cpuSeconds(generator.pid());
    }

    @Override
    public void close() {
        sink.close();
        generator.close();
    }
}
