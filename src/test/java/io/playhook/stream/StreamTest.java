package io.playhook.stream;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import io.vertx.mutiny.sqlclient.Tuple;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.EventStream;
import io.playhook.testing.EventStream.Event;
import io.playhook.testing.Memory;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

/** Whoever listens hears of each attempt once, in one order, and without a gap where the connection was lost. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class StreamTest {

    private static final String MANY = """
            insert into deliveries (event_id, webhook_id, organization_id, type, player_uuid, status, attempts, accepted_at, settled_at,
                                    last_started_at, last_duration_ms, last_outcome, last_status_code)
            select (substr(first_id(now())::text, 1, 14) || '7' || substr(gen_random_uuid()::text, 16))::uuid, $1, $2,
                   'playlist_update', 'player-' || i, 'delivered', 1, now(), now(), now(), 12, 'delivered', 200
            from generate_series(1, $3::int) i
            """;

    private Receiver receiver;
    private Api api;

    @BeforeEach
    void anOrganization() {
        receiver = new Receiver();
        api = Api.ofNewOrganization();
    }

    @AfterEach
    void close() {
        receiver.close();
    }

    @Test
    void showsEachAttemptOfTheOrganizationAsItHappens() throws IOException {
        receiver.answers(Answer.inTurn(503, 200));
        int webhook = api.register(receiver.url(), Map.of("retry_schedule", List.of("0s")));
        Api other = Api.ofNewOrganization();
        other.register(receiver.url());
        try (EventStream stream = open("")) {
            String event = api.publish("a-player").path("event_id");
            receiver.await(2);
            other.publish("another");

            List<Event> events = stream.await(2);

            assertThat(stream.response().headers().firstValue("Content-Type")).contains("text/event-stream");
            assertThat(events).extracting(Event::type).containsOnly("attempt");
            assertThat(events).extracting(Event::id).doesNotHaveDuplicates();
            JsonPath first = events.get(0).json();
            assertThat(first.<Map<String, Object>>get())
                    .containsOnlyKeys(
                            "delivery_id",
                            "event_id",
                            "type",
                            "player_uuid",
                            "webhook_id",
                            "organization_id",
                            "status",
                            "number",
                            "started_at",
                            "duration_ms",
                            "outcome",
                            "status_code",
                            "reason");
            assertThat(first.getString("event_id")).isEqualTo(event);
            assertThat(first.getInt("webhook_id")).isEqualTo(webhook);
            assertThat(first.getInt("organization_id")).isEqualTo(api.organizationId());
            assertThat(first.getString("player_uuid")).isEqualTo("a-player");
            assertThat(first.getString("type")).isEqualTo("videofacade_update");
            assertThat(first.getString("status")).isEqualTo("waiting");
            assertThat(first.getString("outcome")).isEqualTo("rejected");
            assertThat(first.getInt("status_code")).isEqualTo(503);
            assertThat(first.getInt("number")).isEqualTo(1);
            JsonPath second = events.get(1).json();
            assertThat(second.getString("delivery_id")).isEqualTo(first.getString("delivery_id"));
            assertThat(second.getString("status")).isEqualTo("delivered");
            assertThat(second.getInt("number")).isEqualTo(2);
            receiver.await(3);
        }
    }

    @Test
    void showsWhatIsAskedFor() throws IOException {
        receiver.answers(Answer.inTurn(503, 200));
        int one = api.register(receiver.url(), Map.of("retry_schedule", List.of("0s")));
        try (Receiver quiet = new Receiver();
                EventStream ofOne = open("?webhook_id=" + one);
                EventStream waiting = open("?status=waiting");
                EventStream all = open("?status=&webhook_id=")) {
            int other = api.register(quiet.url());
            api.publish("a-player");

            assertThat(all.await(3)).hasSize(3);
            assertThat(ofOne.await(2)).allMatch(event -> event.json().getInt("webhook_id") == one);
            assertThat(waiting.await(1))
                    .hasSize(1)
                    .allMatch(event -> event.json().getInt("webhook_id") == one);
            assertThat(all.events().stream().map(event -> event.json().getInt("webhook_id")))
                    .contains(other);
        }
    }

    @Test
    void goesOnFromTheLastIdWithoutAGap() throws IOException {
        int webhook = api.register(receiver.url());
        List<Event> heard = new ArrayList<>();
        String last;
        try (EventStream stream = open("")) {
            insert(webhook, 3);
            heard.addAll(stream.await(3));
            last = stream.events().get(1).id();
        }
        insert(webhook, 2 * StreamRepository.PAGE + 7);
        api.publish("p");
        receiver.await(1);

        try (EventStream stream = open("", last)) {
            List<Event> events = stream.await(2 * StreamRepository.PAGE + 9);

            assertThat(events.get(0).id().substring(0, 20)).isNotEmpty();
            assertThat(events.get(0).data()).isEqualTo(heard.get(2).data());
            assertThat(ids(events)).hasSize(2 * StreamRepository.PAGE + 9);
            // And what is new after that.
            insert(webhook, 5);
            assertThat(ids(stream.await(2 * StreamRepository.PAGE + 14))).hasSize(2 * StreamRepository.PAGE + 14);
        }
    }

    @Test
    void anIdThatCameWithoutAnEventIsGoodToo() throws IOException {
        int webhook = api.register(receiver.url());
        String last;
        try (EventStream stream = open("")) {
            insert(webhook, 1);
            String ofEvent = stream.await(1).get(0).id();
            Awaitility.await("a beat").until(() -> !stream.lastId().equals(ofEvent));
            last = stream.lastId();
        }
        insert(webhook, 2);

        try (EventStream stream = open("", last)) {
            assertThat(stream.await(2)).hasSize(2);
        }
    }

    @Test
    void aRetryByHandDoesNotShowAnAttemptAgain() throws IOException {
        api.register(receiver.url());
        try (EventStream stream = open("")) {
            api.publish("p");
            String delivery = stream.await(1).get(0).json().getString("delivery_id");
            api.request().post("/v1/deliveries/{id}/retry", delivery).then().statusCode(202);

            assertThat(stream.await(2).stream().map(event -> event.json().getInt("number")))
                    .containsExactly(1, 2);
            api.publish("another");
            assertThat(stream.await(3)).hasSize(3);
        }
    }

    @Test
    void aClientThatIsSlowHoldsUpNobodyAndMissesNothing() throws Exception {
        int webhook = api.register(receiver.url());
        int many = 15_000;
        List<Socket> othersThatAreSlow = new ArrayList<>();
        try (Socket slow = connect();
                EventStream stream = open("")) {
            for (int i = 0; i < 30; i++) {
                othersThatAreSlow.add(connect());
            }
            Memory before = Memory.inUse();
            insert(webhook, many);

            assertThat(ids(stream.await(many))).hasSize(many);
            // Each has some 8 MB to come. What it has here is as much as its connection takes, and a page.
            Memory after = Memory.inUse();
            assertThat(after.heap() + after.buffers() - before.heap() - before.buffers())
                    .as("held for 31 that are slow, from %s to %s", before, after)
                    .isLessThan(31 * 2_000_000L);

            InputStream in = slow.getInputStream();

            Set<String> ids = new HashSet<>();
            StringBuilder text = new StringBuilder();
            byte[] buffer = new byte[65_536];
            while (ids.size() < many) {
                int read = in.read(buffer);
                assertThat(read).as("the stream goes on").isPositive();
                text.append(new String(buffer, 0, read, StandardCharsets.UTF_8));
                int end = text.lastIndexOf("\n\n");
                if (end >= 0) {
                    for (String line : text.substring(0, end).split("\n")) {
                        if (line.startsWith("data: ")) {
                            assertThat(ids.add(line.substring(22, 58))).isTrue();
                        }
                    }
                    text.delete(0, end);
                }
            }
        } finally {
            for (Socket other : othersThatAreSlow) {
                other.close();
            }
        }
    }

    /** Connects, and reads nothing but the first character of the answer. */
    private Socket connect() throws IOException {
        Socket socket = new Socket("127.0.0.1", RestAssured.port);
        socket.getOutputStream()
                .write("GET /v1/deliveries/stream HTTP/1.0\r\nAuthorization: Bearer %s\r\n\r\n"
                        .formatted(api.token())
                        .getBytes(StandardCharsets.UTF_8));
        assertThat((char) socket.getInputStream().read()).isEqualTo('H');
        return socket;
    }

    @Test
    void endsWhereItsTokenIsRevoked() throws IOException {
        try (EventStream stream = open("")) {
            Deliveries.query(
                    "update auth_tokens set revoked_at = now() where organization_id = $1",
                    Tuple.of(api.organizationId()));

            stream.awaitEnd();
        }
    }

    @Test
    void refusesMoreThanAnOrganizationMayHave() throws IOException {
        List<EventStream> streams = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                streams.add(open(""));
            }
            try (EventStream tooMany = open("")) {
                assertThat(tooMany.status()).isEqualTo(429);
            }
            streams.remove(0).close();
            Awaitility.await("another may come").until(() -> {
                EventStream another = open("");
                streams.add(another);
                return another.status() == 200;
            });
        } finally {
            streams.forEach(EventStream::close);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "AAAA", "not an id", "00000000-0000-0000-0000-000000000000"})
    void refusesAnIdThatItHasNotGiven(String id) {
        refused("", id, "Last-Event-ID");
    }

    @Test
    void refusesAnIdOfAnotherOrganization() throws IOException {
        try (EventStream others =
                EventStream.open(url(""), Api.ofNewOrganization().token(), "")) {
            refused("", others.lastId(), "Last-Event-ID");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "status, ?status=open",
        "webhook_id, ?webhook_id=x",
        "webhook_id, ?webhook_id=99999999999",
        "status, ?status=failed&status=failed"
    })
    void refusesAFilterThatIsNone(String field, String query) {
        refused(query, "", field);
    }

    @Test
    void speaksNothingButEvents() {
        api.request()
                .accept("application/json")
                .get("/v1/deliveries/stream")
                .then()
                .statusCode(406);
    }

    private void refused(String query, String lastId, String field) {
        api.request()
                .header("Last-Event-ID", lastId)
                .get("/v1/deliveries/stream" + query)
                .then()
                .statusCode(400)
                .body("errors.field", equalTo(List.of(field)));
    }

    private void insert(int webhook, int count) {
        Deliveries.query(MANY, Tuple.of(webhook, api.organizationId(), count));
    }

    private static Set<String> ids(List<Event> events) {
        Set<String> ids = new HashSet<>();
        IntStream.range(0, events.size())
                .forEach(i -> ids.add(events.get(i).data().substring(16, 52)));
        return ids;
    }

    private EventStream open(String query) throws IOException {
        return open(query, "");
    }

    private EventStream open(String query, String lastId) throws IOException {
        return EventStream.open(url(query), api.token(), lastId);
    }

    private static String url(String query) {
        return "http://127.0.0.1:" + RestAssured.port + "/v1/deliveries/stream" + query;
    }
}
