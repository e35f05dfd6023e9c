package io.playhook.bench;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

import io.playhook.bench.Deployment.Organization;
import io.playhook.bench.Deployment.Used;
import io.playhook.bench.Load.Published;
import io.playhook.bench.Load.Publishing;

/**
 * What those who listen to the stream cost who publishes: rounds without and with them take turns, so that what else changes is the
 * same for both. All of them hear every attempt.
 *
 * <p>Arguments: {@code --listeners=200}; {@code --rounds=3}; {@code --rate=100}, events a second; {@code --jdk=...}, for another Java of
 * the service.
 */
final class Listeners implements AutoCloseable {

    private static final double SECONDS = 20;
    private static final double WARM_UP_SECONDS = 30;
    private static final Path TABLE = Path.of("target/bench/listeners.md");

    private final Load load = new Load();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Deployment deployment;
    private final Organization organization;
    private final double rate;
    private final LongAdder heard = new LongAdder();
    private final List<String> table = new ArrayList<>();

    private Listeners(List<String> arguments) throws Exception {
        deployment = Deployment.embedded(Files.createTempDirectory("playhook-listeners-"), Bench.jvm(arguments));
        organization = deployment.newOrganization(1, load.sinkPort(), Sink.NOTED);
        rate = Bench.value(arguments, "--rate=").map(Double::parseDouble).orElse(100.0);
    }

    public static void main(String[] arguments) throws Exception {
        List<String> named = List.of(arguments);
        int count = Bench.value(named, "--listeners=").map(Integer::parseInt).orElse(200);
        int rounds = Bench.value(named, "--rounds=").map(Integer::parseInt).orElse(3);
        try (Listeners listeners = new Listeners(named)) {
            listeners.run(count, rounds);
        }
    }

    private void run(int count, int rounds) throws Exception {
        line(
                "| listeners | 202: p50 / p99 ms | 202 to arrival: p50 / p99 ms | heard/s | CPU, %% of a core: service + PostgreSQL |");
        line("| --- | --- | --- | --- | --- |");
        Bench.say("Warming up");
        List<Heard> warm = listen(count);
        steady(WARM_UP_SECONDS);
        warm.forEach(Heard::hangUp);
        double[][] answers = new double[2][rounds];
        double[][] arrivals = new double[2][rounds];
        for (int round = 0; round < rounds; round++) {
            for (int with = 0; with < 2; with++) {
                List<Heard> listeners = with == 0 ? List.of() : listen(count);
                Thread.sleep(1_000);
                Steady steady = row(listeners.size());
                listeners.forEach(Heard::hangUp);
                answers[with][round] = steady.published().p99();
                arrivals[with][round] = steady.arrivals()[1];
            }
        }
        line("");
        compare("202", answers);
        compare("202 to arrival", arrivals);
        Files.createDirectories(TABLE.getParent());
        Files.write(TABLE, table);
        System.out.println();
        table.forEach(System.out::println);
    }

    private void compare(String what, double[][] p99) {
        line(
                "p99 of %s, median of rounds: %.1f ms without listeners, %.1f with them: %.2f times",
                what, median(p99[0]), median(p99[1]), median(p99[1]) / median(p99[0]));
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private Steady row(int listeners) throws Exception {
        Used before = deployment.used();
        long heardBefore = heard.sum();
        Steady steady = steady(SECONDS);
        Used used = deployment.used().since(before);
        line(
                "| %d | %.1f / %.1f | %.1f / %.1f | %,.0f | %.0f + %.0f |",
                listeners,
                steady.published().p50(),
                steady.published().p99(),
                steady.arrivals()[0],
                steady.arrivals()[1],
                (heard.sum() - heardBefore) / used.seconds(),
                100 * used.service() / used.seconds(),
                100 * used.postgres() / used.seconds());
        Bench.say(table.get(table.size() - 1));
        return steady;
    }

    private record Steady(Published published, double[] arrivals) {}

    private Steady steady(double seconds) throws Exception {
        load.note();
        Published published = load.publish(
                List.of(deployment.port()), new Publishing(List.of(organization.token()), 1, rate), seconds);
        load.awaitNoted(published.events());
        return new Steady(published, load.arrivals().percentilesSince(published.acceptedAt()));
    }

    private List<Heard> listen(int count) throws Exception {
        List<Heard> listeners = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Heard listener = new Heard();
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + deployment.port() + "/v1/deliveries/stream"))
                    .header("Authorization", "Bearer " + organization.token())
                    .build();
            client.sendAsync(request, head -> {
                listener.status.complete(head.statusCode());
                return listener;
            });
            int status = listener.status.get(10, TimeUnit.SECONDS);
            if (status != 200) {
                throw new IllegalStateException("A listener was answered " + status);
            }
            listeners.add(listener);
        }
        return listeners;
    }

    /** A listener that counts events by their ends, and keeps nothing. */
    private final class Heard implements HttpResponse.BodySubscriber<Void> {
        private final CompletableFuture<Integer> status = new CompletableFuture<>();
        private final CompletableFuture<Void> end = new CompletableFuture<>();
        private volatile Flow.Subscription subscription;

        @Override
        public CompletionStage<Void> getBody() {
            return end;
        }

        @Override
        public void onSubscribe(Flow.Subscription its) {
            subscription = its;
            its.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            for (ByteBuffer buffer : buffers) {
                while (buffer.hasRemaining()) {
                    // In the data each such line begins with a brace, and JSON has no other newline.
                    if (buffer.get() == '{') {
                        heard.increment();
                    }
                }
            }
        }

        @Override
        public void onError(Throwable fault) {
            end.completeExceptionally(fault);
        }

        @Override
        public void onComplete() {
            end.complete(null);
        }

        void hangUp() {
            subscription.cancel();
        }
    }

    private void line(String format, Object... arguments) {
        table.add(String.format(Locale.ROOT, format, arguments));
    }

    @Override
    public void close() throws Exception {
        load.close();
        deployment.close();
    }
}
