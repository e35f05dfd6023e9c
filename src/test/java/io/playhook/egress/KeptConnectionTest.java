package io.playhook.egress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import io.playhook.egress.EgressResult.Response;
import io.playhook.egress.EgressResult.Unreachable;
import io.playhook.testing.Certificate;
import io.playhook.testing.HostileReceiver;
import io.playhook.testing.HostileReceiver.Behaviour;
import io.playhook.testing.HostileReceiver.Peer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A receiver may end a kept connection whenever it likes, and says nothing of itself by that. Once, half of the attempts
 * at a server that closes each connection without announcing it were taken as failed.
 */
class KeptConnectionTest {

    private static final String OK = "HTTP/1.1 200 OK~Content-Length: 2~~ok";
    private static final int GOAWAY = 7;
    private static final int RST_STREAM = 3;
    private static final int HEADERS = 1;
    private static final int END_OF_ALL = 5;
    private static final byte[] STATUS_200 = {(byte) 0x88};
    private static final byte[] REFUSED = {0, 0, 0, 7};

    private static Certificate certificate;

    private EgressFixture egress;

    @BeforeAll
    static void certify() {
        certificate = Certificate.of("receiver.test");
    }

    @BeforeEach
    void start() {
        egress = new EgressFixture(TestEgressConfig.allowing("127.0.0.1")
                .trusting(certificate.pem().toString()));
    }

    @AfterEach
    void stop() {
        egress.close();
    }

    /** What happens to the second request on a connection; the first is answered. */
    private record End(String name, Behaviour onReuse) {
        @Override
        public String toString() {
            return name;
        }

        Behaviour behaviour() {
            return Behaviour.onRequest(peer -> {
                if (peer.requestsHere() == 1) {
                    peer.send(OK);
                } else {
                    onReuse.meet(peer);
                }
            });
        }
    }

    static Stream<End> ends() {
        return Stream.of(
                new End("closes", Peer::close), new End("resets", Peer::reset), new End("says 408 and closes", peer -> {
                    peer.send("HTTP/1.1 408 Request Timeout~Content-Length: 0~Connection: close~~");
                    peer.close();
                }));
    }

    @ParameterizedTest
    @MethodSource("ends")
    void aRequestOnAKeptConnectionThatEndsGoesOutAgain(End end) {
        try (HostileReceiver receiver = new HostileReceiver(end.behaviour())) {
            assertSecondIsAnsweredOnAnotherConnection(receiver);
        }
    }

    @ParameterizedTest
    @MethodSource("ends")
    void soItDoesWithTls(End end) {
        try (HostileReceiver receiver = HostileReceiver.withTls(certificate, end.behaviour(), "http/1.1")) {
            assertSecondIsAnsweredOnAnotherConnection(receiver);
        }
    }

    private void assertSecondIsAnsweredOnAnotherConnection(HostileReceiver receiver) {
        assertThat(egress.post(receiver.url())).isInstanceOf(Response.class);
        assertThat(egress.post(receiver.url()))
                .isInstanceOfSatisfying(
                        Response.class,
                        response -> assertThat(response.status()).isEqualTo(200));
        assertThat(receiver.connections()).isEqualTo(2);
        assertThat(receiver.requests()).isEqualTo(3);
    }

    static Stream<String> answersBeforeAnUnannouncedEnd() {
        return Stream.of(OK, "HTTP/1.1 200 OK~~ok", "HTTP/1.0 200 OK~~ok");
    }

    @ParameterizedTest
    @MethodSource("answersBeforeAnUnannouncedEnd")
    void aServerThatClosesEachConnectionAfterItsAnswerMissesNothing(String answer) {
        try (HostileReceiver receiver = new HostileReceiver(Behaviour.sendsAndCloses(answer))) {
            List<CompletableFuture<EgressResult>> results = new ArrayList<>();
            for (int round = 0; round < 20; round++) {
                for (int i = 0; i < 5; i++) {
                    results.add(egress.begin(1, receiver.url(), Duration.ofSeconds(10)));
                }
                results.get(results.size() - 1).join();
            }
            assertThat(results).extracting(CompletableFuture::join).allMatch(Response.class::isInstance);
            // It read each request once: those that were repeated had met a closed door.
            assertThat(receiver.requests()).isEqualTo(100);
        }
    }

    @Test
    void aNewConnectionThatEndsIsAFailure() {
        try (HostileReceiver receiver = new HostileReceiver(Behaviour.onRequest(Peer::close))) {
            assertThat(egress.post(receiver.url()))
                    .isEqualTo(new Unreachable("the connection was closed before the answer was complete"));
            assertThat(receiver.requests()).isEqualTo(1);
        }
    }

    @Test
    void anAnswerThatHasBegunIsNotAskedForAgain() {
        try (HostileReceiver receiver = new HostileReceiver(new End("breaks off", peer -> {
                    peer.send("HTTP/1.1 20");
                    peer.close();
                })
                .behaviour())) {
            assertThat(egress.post(receiver.url())).isInstanceOf(Response.class);
            assertThat(egress.post(receiver.url())).isInstanceOf(Unreachable.class);
            assertThat(receiver.requests()).isEqualTo(2);
        }
    }

    @Test
    void theNewConnectionIsTheLast() {
        try (HostileReceiver receiver = new HostileReceiver(Behaviour.onRequest(peer -> {
            if (peer.requestsEverywhere() == 1) {
                peer.send(OK);
            } else {
                peer.close();
            }
        }))) {
            assertThat(egress.post(receiver.url())).isInstanceOf(Response.class);
            assertThat(egress.post(receiver.url())).isInstanceOf(Unreachable.class);
            assertThat(receiver.requests()).isEqualTo(3);
        }
    }

    static Stream<End> refusals() {
        return Stream.of(
                new End("goes away", peer -> send(peer, GOAWAY, 0, 0, new byte[8])),
                new End("goes away and closes", peer -> {
                    send(peer, GOAWAY, 0, 0, new byte[8]);
                    peer.close();
                }),
                new End("refuses the stream", peer -> send(peer, RST_STREAM, 0, 1, REFUSED)));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void aRequestThatWasRefusedUnreadGoesOutAgain(End refusal) {
        try (HostileReceiver receiver = http2((connection, peer) -> {
            if (connection < 3) {
                refusal.onReuse().meet(peer);
            } else {
                send(peer, HEADERS, END_OF_ALL, 1, STATUS_200);
            }
        })) {
            assertThat(egress.post(receiver.url())).isInstanceOf(Response.class);
            assertThat(receiver.connections()).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void aReceiverThatRefusesEverythingIsNotAskedForEver(End refusal) {
        try (HostileReceiver receiver =
                http2((connection, peer) -> refusal.onReuse().meet(peer))) {
            assertThat(egress.post(receiver.url())).isInstanceOf(Unreachable.class);
            assertThat(receiver.connections()).isEqualTo(4);
        }
    }

    private interface Http2Behaviour {
        void meet(int connection, Peer peer) throws java.io.IOException, InterruptedException;
    }

    /** Says its settings, waits for the first request of each connection, and does something with it. */
    private static HostileReceiver http2(Http2Behaviour behaviour) {
        var connections = new java.util.concurrent.atomic.AtomicInteger();
        return HostileReceiver.withTls(
                certificate,
                peer -> {
                    send(peer, 4, 0, 0, new byte[0]);
                    // The client's preface and settings, and about a request.
                    peer.await(100);
                    behaviour.meet(connections.incrementAndGet(), peer);
                    peer.awaitEnd();
                },
                "h2");
    }

    private static void send(Peer peer, int type, int flags, int stream, byte[] payload) throws java.io.IOException {
        peer.send(Buffer.buffer()
                .appendMedium(payload.length)
                .appendByte((byte) type)
                .appendByte((byte) flags)
                .appendInt(stream)
                .appendBytes(payload)
                .getBytes());
    }
}
