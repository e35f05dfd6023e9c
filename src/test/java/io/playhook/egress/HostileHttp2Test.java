package io.playhook.egress;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import io.playhook.egress.EgressResult.Response;
import io.playhook.egress.EgressResult.TimedOut;
import io.playhook.egress.EgressResult.Unreachable;
import io.playhook.testing.Certificate;
import io.playhook.testing.HostileReceiver;
import io.playhook.testing.HostileReceiver.Behaviour;
import io.playhook.testing.HostileReceiver.Peer;

import static org.assertj.core.api.Assertions.assertThat;

/** A receiver that speaks HTTP/2 as it pleases, frame by frame. */
class HostileHttp2Test {

    private static final Duration DEADLINE = Duration.ofSeconds(1);
    private static final int BODY = 300;
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int CONTINUATION = 9;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    // HPACK: entry 8 of the static table is ":status: 200".
    private static final byte[] STATUS_200 = {(byte) 0x88};

    private static Certificate certificate;

    private Vertx vertx;
    private EgressClient client;

    /** The connections on which a request has come, and which are still open. */
    private final AtomicInteger used = new AtomicInteger();

    @BeforeAll
    static void certify() {
        certificate = Certificate.of("receiver.test");
    }

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
        EgressConfig config = TestEgressConfig.allowing("127.0.0.1")
                .trusting(certificate.pem().toString());
        client = EgressFixture.client(config, vertx, System::nanoTime);
        shakeHands();
    }

    /** The first TLS handshakes of a process, and of a Vert.x, are slow, and would count against the deadline. */
    private void shakeHands() {
        for (int round = 0; round < 3; round++) {
            try (HostileReceiver receiver =
                    receiver(peer -> send(peer, frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200)))) {
                assertThat(post(receiver, Duration.ofSeconds(10)).join()).isInstanceOf(Response.class);
            }
        }
    }

    @AfterEach
    void stop() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    /**
     * What it does with a request, whose stream is 1 on a new connection; it has sent its settings before.
     *
     * @param result what some of the requests have to end with; any where that is a matter of timing
     */
    private record Hostile(String name, Duration deadline, Class<? extends EgressResult> result, Behaviour behaviour) {

        Hostile(String name, Class<? extends EgressResult> result, Behaviour behaviour) {
            this(name, DEADLINE, result, behaviour);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Hostile> behaviours() {
        return Stream.of(
                new Hostile("never answers", TimedOut.class, peer -> {}),
                // Each of the twenty tries three connections.
                new Hostile(
                        "goes away",
                        DEADLINE.multipliedBy(6),
                        Unreachable.class,
                        peer -> send(peer, frame(GOAWAY, 0, 0, zeros(8)))),
                new Hostile("goes away and closes", EgressResult.class, peer -> {
                    peer.send(frame(GOAWAY, 0, 0, zeros(8)).getBytes());
                    peer.close();
                }),
                new Hostile(
                        "resets the stream",
                        Unreachable.class,
                        peer -> send(peer, frame(RST_STREAM, 0, 1, new byte[] {0, 0, 0, 8}))),
                new Hostile(
                        "resets the stream in the body",
                        Unreachable.class,
                        peer -> send(
                                peer,
                                frame(HEADERS, END_HEADERS, 1, STATUS_200)
                                        .appendBuffer(frame(DATA, 0, 1, zeros(10)))
                                        .appendBuffer(frame(RST_STREAM, 0, 1, new byte[] {0, 0, 0, 2})))),
                new Hostile("floods with settings", EgressResult.class, flood(frame(SETTINGS, 0, 0, zeros(0)), 1_000)),
                new Hostile("floods with pings", EgressResult.class, flood(frame(PING, 0, 0, zeros(8)), 1_000)),
                new Hostile(
                        "floods with empty data",
                        EgressResult.class,
                        after(frame(HEADERS, END_HEADERS, 1, STATUS_200), flood(frame(DATA, 0, 1, zeros(0)), 1_000))),
                new Hostile(
                        "never ends its headers",
                        Unreachable.class,
                        after(
                                frame(HEADERS, 0, 1, STATUS_200),
                                flood(frame(CONTINUATION, 0, 1, literalHeader(1_000)), 20))),
                new Hostile(
                        "never ends its headers, with empty continuations",
                        Unreachable.class,
                        after(frame(HEADERS, 0, 1, STATUS_200), flood(frame(CONTINUATION, 0, 1, zeros(0)), 1_000))),
                new Hostile(
                        "HPACK bomb",
                        Unreachable.class,
                        peer -> send(peer, frame(HEADERS, END_HEADERS | END_STREAM, 1, hpackBomb()))),
                new Hostile(
                        "broken HPACK",
                        Unreachable.class,
                        peer -> send(peer, frame(HEADERS, END_HEADERS, 1, new byte[] {(byte) 0xff, 0x7f}))),
                new Hostile(
                        "allows no streams",
                        TimedOut.class,
                        peer -> send(peer, frame(SETTINGS, 0, 0, new byte[] {0, 3, 0, 0, 0, 0}))),
                new Hostile(
                        "data on a stream that nobody opened",
                        EgressResult.class,
                        peer -> send(peer, frame(DATA, 0, 99, zeros(10)))),
                new Hostile(
                        "pushes a stream",
                        Unreachable.class,
                        peer -> send(peer, frame(5, END_HEADERS, 1, new byte[] {0, 0, 0, 2, (byte) 0x82}))),
                new Hostile(
                        "frame over the size agreed on",
                        Unreachable.class,
                        peer -> send(peer, frame(DATA, 0, 1, zeros(1 << 20)))),
                new Hostile(
                        "HTTP/1 instead", Unreachable.class, peer -> peer.send("HTTP/1.1 200 OK~Content-Length: 0~~")));
    }

    @ParameterizedTest
    @MethodSource("behaviours")
    void endsByTheDeadlineAndLeavesNothingOpen(Hostile hostile) {
        try (HostileReceiver receiver = receiver(hostile.behaviour())) {
            long start = System.nanoTime();
            List<CompletableFuture<EgressResult>> results = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                results.add(post(receiver, hostile.deadline()));
            }
            results.forEach(CompletableFuture::join);

            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(hostile.deadline().plus(DEADLINE));
            assertThat(results)
                    .extracting(CompletableFuture::join)
                    .noneMatch(Response.class::isInstance)
                    // Those that waited for a connection meanwhile may have waited in vain.
                    .anyMatch(hostile.result()::isInstance);
            Awaitility.await("all done with").until(() -> client.openExchanges() == 0);
            // What is the fault of one stream ends that stream, and the connection may be used again, as may one that
            // has
            // opened too late for any request. To one that reads nothing, TLS tries to say goodbye for 3 s.
            if (!hostile.name().startsWith("resets") && !hostile.name().equals("HPACK bomb")) {
                Awaitility.await("the connections closed")
                        .atMost(Duration.ofSeconds(8))
                        .until(() -> used.get() == 0);
            }
        }
    }

    @Test
    void aConnectionThatHasDiedWithoutAWordIsNotUsedForEver() {
        // The first connection answers nothing, not even a ping; the second answers.
        AtomicInteger connections = new AtomicInteger();
        try (HostileReceiver receiver = receiver(peer -> {
            if (connections.incrementAndGet() > 1) {
                send(peer, frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200));
            }
        })) {
            assertThat(post(receiver).join()).isEqualTo(new TimedOut("no answer within 1 s"));
            Awaitility.await("the dead connection given up")
                    .atMost(Duration.ofSeconds(4))
                    .until(() -> receiver.openConnections() == 0);
            assertThat(post(receiver).join()).isInstanceOf(Response.class);
        }
    }

    private HostileReceiver receiver(Behaviour onFirstRequest) {
        Behaviour behaviour = peer -> {
            send(peer, frame(SETTINGS, 0, 0, zeros(0)));
            // With the body of the request, more than its preface, settings and header.
            peer.await(BODY);
            used.incrementAndGet();
            try {
                onFirstRequest.meet(peer);
                peer.awaitEnd();
            } finally {
                used.decrementAndGet();
            }
        };
        return HostileReceiver.withTls(certificate, behaviour, "h2");
    }

    private static void send(Peer peer, Buffer frames) throws IOException {
        peer.send(frames.getBytes());
    }

    private CompletableFuture<EgressResult> post(HostileReceiver receiver) {
        return post(receiver, DEADLINE);
    }

    private CompletableFuture<EgressResult> post(HostileReceiver receiver, Duration deadline) {
        CompletableFuture<EgressResult> result = new CompletableFuture<>();
        EgressRequest request =
                new EgressRequest(1, parse(receiver.url()), headers -> {}, Buffer.buffer(zeros(BODY)), deadline);
        vertx.runOnContext(v -> client.send(request).subscribe().with(result::complete));
        return result;
    }

    private static Behaviour after(Buffer first, Behaviour then) {
        return peer -> {
            send(peer, first);
            then.meet(peer);
        };
    }

    /** Sends the same frame, many at a time, until the client hangs up. */
    private static Behaviour flood(Buffer frame, int times) {
        Buffer frames = Buffer.buffer();
        for (int i = 0; i < times; i++) {
            frames.appendBuffer(frame);
        }
        return peer -> {
            while (true) {
                send(peer, frames);
                Thread.sleep(2);
            }
        };
    }

    private static Buffer frame(int type, int flags, int stream, byte[] payload) {
        return Buffer.buffer()
                .appendMedium(payload.length)
                .appendByte((byte) type)
                .appendByte((byte) flags)
                .appendInt(stream)
                .appendBytes(payload);
    }

    /** A header "a" with so long a value, for no table. */
    private static byte[] literalHeader(int length) {
        return Buffer.buffer(new byte[] {0, 1, 'a'})
                .appendBuffer(hpackLength(length))
                .appendBytes(zeros(length))
                .getBytes();
    }

    /** One header of 4,000 bytes for the table, and then references to it, a byte each. */
    private static byte[] hpackBomb() {
        Buffer block = Buffer.buffer(STATUS_200)
                .appendBytes(new byte[] {0x40, 1, 'a'})
                .appendBuffer(hpackLength(4_000))
                .appendBytes(zeros(4_000));
        for (int i = 0; i < 10_000; i++) {
            block.appendByte((byte) 0xbe);
        }
        return block.getBytes();
    }

    private static Buffer hpackLength(int length) {
        int rest = length - 127;
        return Buffer.buffer(new byte[] {127, (byte) (rest % 128 | 128), (byte) (rest / 128)});
    }

    private static byte[] zeros(int length) {
        return new byte[length];
    }

    private static TargetUrl parse(String url) {
        try {
            return TargetUrl.parse(url);
        } catch (InvalidTargetUrl e) {
            throw new IllegalArgumentException(e);
        }
    }
}
