package io.playhook.story;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import jakarta.inject.Inject;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Row;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.egress.EgressClient;
import io.playhook.egress.EgressRequest;
import io.playhook.egress.EgressResult;
import io.playhook.egress.InvalidTargetUrl;
import io.playhook.egress.TargetUrl;
import io.playhook.story.HostileBehaviours.Connection;
import io.playhook.story.HostileBehaviours.Fate;
import io.playhook.story.HostileBehaviours.Hostile;
import io.playhook.testing.Api;
import io.playhook.testing.Certificate;
import io.playhook.testing.Deliveries;
import io.playhook.testing.Deliveries.Settled;
import io.playhook.testing.HostileReceiver;
import io.playhook.testing.HostileReceiver.Behaviour;
import io.playhook.testing.Memory;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;

/** Whatever a receiver does: it is recorded in words, ends by the deadline, and leaves nothing behind. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class HostileReceiversTest {

    private static final Buffer BODY = Buffer.buffer("{\"an\": \"event\"}");
    private static final Duration DEADLINE = Duration.ofSeconds(1);
    private static final int AT_ONCE = 50;
    private static final int KINDS_AT_ONCE = 8;
    private static final int MEBIBYTE = 1024 * 1024;
    // What one request allows (InboundBudget), and the buffers of two sockets on the loopback interface.
    private static final int TAKEN_AT_MOST = 1024 * 1024;
    private static final Map<String, Object> LATER = Map.of("timeout_ms", 1_000, "retry_schedule", List.of("1h"));

    private static int behaviours;
    private static long mostTaken;
    private static long mostHeapKept;
    private static long mostDirectKept;

    @Inject
    EgressClient egress;

    @Inject
    Vertx vertx;

    @BeforeEach
    void warmUp() {
        if (behaviours == 0) {
            try (Receiver receiver = new Receiver()) {
                Api api = Api.ofNewOrganization();
                api.register(receiver.url());
                api.publish("a-player");
                receiver.await(1);
            }
        }
    }

    @AfterAll
    static void tell() {
        System.out.printf(
                "Hostile receivers: %d behaviours, at most %d KiB taken of 1 GiB, and after %d of each at once at most %d KiB of heap and %d KiB of buffers kept%n",
                behaviours, mostTaken / 1024, AT_ONCE, mostHeapKept / 1024, mostDirectKept / 1024);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void recordsWhatHappenedAndGivesTheConnectionBack(List<Hostile> kinds) {
        behaviours += kinds.size();
        List<Tried> tried = new ArrayList<>();
        try {
            kinds.forEach(
                    hostile -> tried.add(new Tried(hostile, hostile.receiver().get(), Api.ofNewOrganization())));
            tried.forEach(each -> each.api().register(each.receiver().url(), LATER));
            List<String> events = tried.stream()
                    .map(each -> each.api().publish("a-player").<String>path("event_id"))
                    .toList();
            for (int i = 0; i < events.size(); i++) {
                assertRecorded(tried.get(i), events.get(i));
            }
        } finally {
            tried.forEach(each -> each.receiver().close());
        }
    }

    /** A hostile receiver, and the organization that has a webhook there. */
    private record Tried(Hostile hostile, HostileReceiver receiver, Api api) {}

    private void assertRecorded(Tried tried, String eventId) {
        Hostile hostile = tried.hostile();
        Row attempt = Deliveries.awaitAttempt(eventId);

        assertThat(attempt.getString("outcome")).as(hostile.name()).isEqualTo(hostile.outcome());
        assertThat(attempt.getInteger("status_code")).as(hostile.name()).isEqualTo(hostile.status());
        if (hostile.reason() == null) {
            assertThat(attempt.getString("reason")).as(hostile.name()).isNull();
        } else {
            assertThat(attempt.getString("reason")).as(hostile.name()).contains(hostile.reason());
        }
        if (hostile.body() != null) {
            assertThat(attempt.getBuffer("response_body").getBytes())
                    .as(hostile.name())
                    .isEqualTo(hostile.body());
        }
        if (hostile.lastsUntilTheDeadline()) {
            assertThat(attempt.getInteger("duration_ms")).as(hostile.name()).isBetween(1_000, 1_100);
        } else {
            assertThat(attempt.getInteger("duration_ms")).as(hostile.name()).isLessThan(1_000);
        }
        assertFate(eventId, hostile.fate());
        assertConnection(tried.receiver(), hostile.connection(), tried.api().organizationId());
        assertThat(tried.receiver().bytesTaken()).as(hostile.name()).isLessThan(TAKEN_AT_MOST);
        if (hostile.name().startsWith("sends 1 GiB")) {
            mostTaken = Math.max(mostTaken, tried.receiver().bytesTaken());
        }
    }

    /** Kinds that are tried at once: each for itself takes a second, and there are many. */
    static Stream<List<Hostile>> kinds() {
        List<Hostile> all = HostileBehaviours.all().toList();
        return IntStream.iterate(0, from -> from < all.size(), from -> from + KINDS_AT_ONCE)
                .mapToObj(from -> all.subList(from, Math.min(all.size(), from + KINDS_AT_ONCE)));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void leavesNothingBehindAfterManyAtOnce(List<Hostile> kinds) {
        Memory before = Memory.inUse();
        List<HostileReceiver> receivers = new ArrayList<>();
        try {
            kinds.forEach(hostile -> receivers.add(hostile.receiver().get()));
            List<CompletableFuture<EgressResult>> results = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                receivers.forEach(receiver -> results.add(send(receiver.url())));
            }
            results.forEach(CompletableFuture::join);
            Awaitility.await("no exchange open").atMost(Duration.ofSeconds(2)).until(() -> egress.openExchanges() == 0);
            for (int i = 0; i < kinds.size(); i++) {
                if (kinds.get(i).connection() != Connection.KEPT) {
                    awaitAllClosed(receivers.get(i));
                }
            }
        } finally {
            receivers.forEach(HostileReceiver::close);
        }
        Awaitility.await("the memory given back")
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(300))
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> {
                    Memory after = Memory.inUse();
                    assertThat(after.heap() - before.heap()).isLessThan(4 * MEBIBYTE);
                    assertThat(after.buffers() - before.buffers()).isLessThan(4 * MEBIBYTE);
                    mostHeapKept = Math.max(mostHeapKept, after.heap() - before.heap());
                    mostDirectKept = Math.max(mostDirectKept, after.buffers() - before.buffers());
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void followsNoChainOfRedirects(int status) {
        try (HostileReceiver target = new HostileReceiver(Behaviour.sends("HTTP/1.1 200 OK~Content-Length: 0~~"));
                HostileReceiver next = new HostileReceiver(Behaviour.sends(redirect(status, target.url())));
                HostileReceiver receiver = new HostileReceiver(Behaviour.sends(redirect(status, next.url())))) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), LATER);
            String eventId = api.publish("a-player").path("event_id");

            Row attempt = Deliveries.awaitAttempt(eventId);

            assertThat(attempt.getString("outcome")).isEqualTo("rejected");
            assertThat(attempt.getInteger("status_code")).isEqualTo(status);
            assertThat(attempt.getString("reason")).contains("redirect");
            assertFate(eventId, Fate.RETRIED);
            assertThat(next.connections()).isZero();
            assertThat(target.connections()).isZero();
        }
    }

    @Test
    void trustsNoCertificateThatSignedItself() {
        try (HostileReceiver receiver = HostileReceiver.withTls(
                Certificate.of("receiver.test"), Behaviour.sends("HTTP/1.1 200 OK~Content-Length: 0~~"))) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), LATER);
            String eventId = api.publish("a-player").path("event_id");

            Row attempt = Deliveries.awaitAttempt(eventId);

            assertThat(attempt.getString("outcome")).isEqualTo("unreachable");
            assertThat(attempt.getString("reason")).isEqualTo("the certificate is not trusted");
            assertFate(eventId, Fate.RETRIED);
            assertConnection(receiver, Connection.CLOSED, 0);
            assertThat(receiver.requests()).isZero();
        }
    }

    /** The header of the answer, and from when to when in seconds the retry falls; planned is one after 10 s. */
    @ParameterizedTest
    @CsvSource({
        "429, 100, 99, 100",
        "503, 100, 99, 100",
        "503, 3, 8, 11", // sooner than planned
        "429, 0, 8, 11",
        "429, in 200 s, 197, 200",
        "503, in -200 s, 8, 11",
        "503, -5, 8, 11",
        "503, 1.5, 8, 11",
        "429, soon, 8, 11",
        "429, '', 8, 11",
        "429, 31536000, 3599, 3600",
        "503, in 31536000 s, 3599, 3600",
        "503, 99999999999999999999999999, 3599, 3600",
        "500, 100, 8, 11", // only the two may ask
        "302, 100, 8, 11"
    })
    void comesBackWhenItIsAskedTo(int status, String header, int fromSeconds, int toSeconds) {
        String value = header.startsWith("in ") ? date(Integer.parseInt(header.split(" ")[1])) : header;
        try (HostileReceiver receiver = new HostileReceiver(
                Behaviour.sends("HTTP/1.1 %d No~Retry-After: %s~Content-Length: 0~~".formatted(status, value)))) {
            Api api = Api.ofNewOrganization();
            api.register(receiver.url(), Map.of("timeout_ms", 1_000, "retry_schedule", List.of("10s")));
            String eventId = api.publish("a-player").path("event_id");

            Row queued = Deliveries.awaitAttempts(eventId, 1);

            Row attempt = Deliveries.awaitAttempt(eventId);
            OffsetDateTime end =
                    attempt.getOffsetDateTime("started_at").plus(Duration.ofMillis(attempt.getInteger("duration_ms")));
            assertThat(Duration.between(end, queued.getOffsetDateTime("due_at")).toMillis())
                    .isBetween(fromSeconds * 1_000L, toSeconds * 1_000L + 500);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, HTTP/1.1 299 Smuggled~Content-Length: 0~~",
        "5, HTTP/1.1 299 Smuggled~Content-Length: 0~~",
        "100, HTTP/1.1 299 Smuggled~Content-Length: 0~~",
        "0, HTTP/1.1 299 Smuggled~Content-Length: 0~X: ",
        "100, HTTP/1.1 299 Smuggled~Content-Length: 0~X: ",
        "0, HTTP/1.1 299 ",
        "100, HTTP/1.1 299 "
    })
    void anAnswerThatNobodyAskedForIsNotTheNextDeliverys(int laterMillis, String smuggled) {
        Behaviour behaviour = Behaviour.onRequest(peer -> {
            if (peer.requestsEverywhere() > 1) {
                peer.send("HTTP/1.1 202 OK~Content-Length: 0~~");
                return;
            }
            if (laterMillis == 0) {
                peer.send("HTTP/1.1 200 OK~Content-Length: 0~~" + smuggled);
            } else {
                peer.send("HTTP/1.1 200 OK~Content-Length: 0~~");
                Thread.sleep(laterMillis);
                peer.send(smuggled);
            }
        });
        try (HostileReceiver receiver = new HostileReceiver(behaviour)) {
            assertThat(deliverTwice(receiver, 300)).containsExactly(List.of(200), List.of(202));
            assertThat(receiver.connections()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"102 Processing", "110 What", "101 Switching Protocols"})
    void theFinalAnswerAfterAnInterimOneIsNotTheNextDeliverys(String interim) {
        Behaviour behaviour = Behaviour.onRequest(peer -> {
            if (peer.requestsEverywhere() > 1) {
                peer.send("HTTP/1.1 202 OK~Content-Length: 0~~");
                return;
            }
            peer.send("HTTP/1.1 " + interim + "~~");
            Thread.sleep(100);
            peer.send("HTTP/1.1 299 Late~Content-Length: 0~~");
        });
        try (HostileReceiver receiver = new HostileReceiver(behaviour)) {
            List<List<Integer>> statuses = deliverTwice(receiver, 0);
            assertThat(statuses.get(0).get(0)).isEqualTo(interim.startsWith("101") ? null : 299);
            assertThat(statuses.get(1)).containsExactly(202);
        }
    }

    @Test
    void aConnectionThatIsClosedJustAsItIsUsedAgainCostsNoAttempt() {
        Behaviour behaviour = Behaviour.onRequest(peer -> {
            if (peer.requestsHere() == 2) {
                peer.close();
            } else {
                peer.send("HTTP/1.1 200 OK~Content-Length: 0~~");
            }
        });
        try (HostileReceiver receiver = new HostileReceiver(behaviour)) {
            List<Integer> second = deliverTwice(receiver, 0).get(1);
            assertThat(second).containsExactly(200);
            assertThat(receiver.requests()).isEqualTo(3);
        }
    }

    @Test
    void aConnectionThatWasClosedMeanwhileIsNotUsedAgain() {
        try (HostileReceiver receiver =
                new HostileReceiver(Behaviour.sendsAndCloses("HTTP/1.1 200 OK~Content-Length: 0~~"))) {
            assertThat(deliverTwice(receiver, 200)).containsExactly(List.of(200), List.of(200));
            assertThat(receiver.connections()).isEqualTo(2);
        }
    }

    @Test
    void aConnectionWhoseRequestWasNotReadIsNotUsedAgain() {
        // More than the buffers of both sockets hold.
        Buffer large = Buffer.buffer(new byte[16 * MEBIBYTE]);
        try (HostileReceiver receiver = new HostileReceiver(peer -> {
            peer.awaitHead();
            peer.send("HTTP/1.1 200 OK~Content-Length: 0~~");
            Thread.sleep(500);
            peer.awaitEnd();
        })) {
            assertThat(send(receiver.url(), large).join()).isInstanceOf(EgressResult.Response.class);
            assertThat(send(receiver.url(), large).join()).isInstanceOf(EgressResult.Response.class);
            assertThat(receiver.connections()).isEqualTo(2);
            awaitAllClosed(receiver);
        }
    }

    /** The status codes of the attempts of two deliveries, the second begun a pause after the first was settled. */
    private List<List<Integer>> deliverTwice(HostileReceiver receiver, int pauseMillis) {
        Api api = Api.ofNewOrganization();
        api.register(receiver.url(), Map.of("timeout_ms", 1_000, "retry_schedule", List.of("0s", "0s")));
        Settled first = Deliveries.awaitSettled(api.publish("a-player").path("event_id"));
        pause(pauseMillis);
        Settled second = Deliveries.awaitSettled(api.publish("a-player").path("event_id"));
        return List.of(first.statusCodes(), second.statusCodes());
    }

    private CompletableFuture<EgressResult> send(String url) {
        return send(url, BODY);
    }

    private CompletableFuture<EgressResult> send(String url, Buffer body) {
        return send(0, url, body);
    }

    private CompletableFuture<EgressResult> send(int organizationId, String url, Buffer body) {
        CompletableFuture<EgressResult> result = new CompletableFuture<>();
        EgressRequest request = new EgressRequest(organizationId, target(url), headers -> {}, body, DEADLINE);
        vertx.runOnContext(v -> egress.send(request).subscribe().with(result::complete));
        return result;
    }

    private void assertConnection(HostileReceiver receiver, Connection connection, int organizationId) {
        if (connection == Connection.NONE) {
            assertThat(receiver.connections()).isZero();
        } else if (connection == Connection.CLOSED) {
            assertThat(receiver.connections()).isEqualTo(1);
            awaitAllClosed(receiver);
        } else {
            int requests = receiver.requests();
            send(organizationId, receiver.url(), BODY).join();
            assertThat(receiver.requests()).isEqualTo(requests + 1);
            assertThat(receiver.connections()).isEqualTo(1);
            assertThat(receiver.openConnections()).isEqualTo(1);
        }
    }

    private static void awaitAllClosed(HostileReceiver receiver) {
        Awaitility.await("all connections closed")
                .atMost(Duration.ofSeconds(2))
                .until(() -> receiver.openConnections() == 0);
    }

    private static void assertFate(String eventId, Fate fate) {
        if (fate == Fate.RETRIED) {
            assertThat(Deliveries.awaitAttempts(eventId, 1)).isNotNull();
        } else {
            assertThat(Deliveries.awaitSettled(eventId).status())
                    .isEqualTo(fate == Fate.DELIVERED ? "delivered" : "canceled");
        }
    }

    private static String redirect(int status, String location) {
        return "HTTP/1.1 %d Elsewhere~Location: %s~Content-Length: 0~~".formatted(status, location);
    }

    private static String date(int seconds) {
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(
                OffsetDateTime.now(ZoneOffset.UTC).plusSeconds(seconds));
    }

    private static TargetUrl target(String url) {
        try {
            return TargetUrl.parse(url);
        } catch (InvalidTargetUrl e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
