package io.playhook.story;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import jakarta.inject.Inject;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import org.assertj.core.api.SoftAssertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.playhook.egress.EgressClient;
import io.playhook.egress.EgressRequest;
import io.playhook.egress.EgressResult;
import io.playhook.egress.InvalidTargetUrl;
import io.playhook.egress.TargetUrl;
import io.playhook.story.EgressCorpusTest.NothingAllowed;
import io.playhook.testing.Api;
import io.playhook.testing.HostileReceiver;
import io.playhook.testing.HostileReceiver.Behaviour;
import io.playhook.testing.MovableTicker;
import io.playhook.testing.NameServer;
import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;

/** Every spelling by which someone may try to reach what egress forbids, as {@code egress-corpus.txt} lists them. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
@QuarkusTestResource(value = NothingAllowed.class, restrictToAnnotatedClass = true)
class EgressCorpusTest {

    private static final Pattern UNICODE = Pattern.compile("(?<!\\\\)\\\\u([0-9a-f]{4})");

    @Inject
    EgressClient egress;

    @Inject
    Vertx vertx;

    @Inject
    MovableTicker ticker;

    private HostileReceiver target;
    private List<Spelling> corpus;

    /** Loopback addresses are as forbidden as they are in production. */
    public static class NothingAllowed implements QuarkusTestResourceLifecycleManager {
        @Override
        public Map<String, String> start() {
            return Map.of("playhook.egress.allowed-networks", "192.0.2.55/32");
        }

        @Override
        public int order() {
            // Overrides what is set with the database.
            return 1;
        }

        @Override
        public void stop() {
            // Nothing was started.
        }
    }

    /** One line of the corpus. */
    private record Spelling(
            boolean refusedWhenSaved, List<String> before, List<String> after, String what, String url) {

        static Spelling of(String line, int port) {
            String[] columns = line.split(" \\| ", 4);
            String[] addresses = columns[1].split(" > ");
            String text = UNICODE.matcher(columns[3])
                    .replaceAll(m -> Character.toString(Integer.parseInt(m.group(1), 16)))
                    .translateEscapes()
                    .replace("{port}", Integer.toString(port))
                    .replace("{long}", "a".repeat(2_048));
            return new Spelling(
                    columns[0].equals("saved"),
                    addresses(addresses[0]),
                    addresses(addresses[addresses.length - 1]),
                    columns[2],
                    text);
        }

        private static List<String> addresses(String column) {
            return column.equals("-") ? List.of() : List.of(column.split(" "));
        }

        Optional<TargetUrl> target() {
            try {
                return Optional.of(TargetUrl.parse(url));
            } catch (InvalidTargetUrl e) {
                return Optional.empty();
            }
        }

        Stream<String> hosts(List<String> addresses) {
            String host = target().map(TargetUrl::host).orElse("");
            return addresses.stream().map(address -> address + " " + host);
        }

        @Override
        public String toString() {
            return "%s, %s".formatted(url.length() > 100 ? url.substring(0, 100) : url, what);
        }
    }

    @BeforeEach
    void read() throws IOException {
        target = new HostileReceiver("::", Behaviour.sends("HTTP/1.1 200 OK~Content-Length: 0~~"));
        try (InputStream file = EgressCorpusTest.class.getResourceAsStream("/egress-corpus.txt")) {
            corpus = new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(line -> Spelling.of(line, target.port()))
                    .toList();
        }
    }

    @AfterEach
    void close() {
        target.close();
        NameServer.SHARED.reset();
    }

    @Test
    void everySpellingIsRefusedAndNothingConnects() {
        SoftAssertions softly = new SoftAssertions();
        Api api = Api.ofNewOrganization();
        resolve(Spelling::before);
        for (Spelling spelling : corpus) {
            Response response = register(api, spelling);
            softly.assertThat(response.statusCode())
                    .as("registering %s", spelling)
                    .isEqualTo(spelling.refusedWhenSaved() ? 400 : 201);
            if (response.statusCode() == 400) {
                softly.assertThat(response.<List<String>>path("errors.field"))
                        .as("the field at fault in %s", spelling)
                        .containsExactly("url");
            }
        }
        resolve(Spelling::after);
        ticker.advance(Duration.ofSeconds(10));
        for (Spelling spelling : corpus) {
            spelling.target()
                    .ifPresent(url -> softly.assertThat(send(url))
                            .as("sending to %s", spelling)
                            .isInstanceOf(EgressResult.Refused.class));
        }
        softly.assertThat(target.connections()).as("connections").isZero();
        softly.assertAll();
        assertThat(corpus)
                .hasSizeGreaterThanOrEqualTo(150)
                .extracting(Spelling::url)
                .doesNotHaveDuplicates();
        System.out.printf("Egress corpus: %d spellings, all refused%n", corpus.size());
    }

    @Test
    void theServerBehindTheSpellingsIsReallyThere() {
        // Else nothing would be proved by its counting no connections.
        for (String address : List.of("127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1")) {
            try (Socket socket = new Socket(address, target.port())) {
                assertThat(socket.isConnected()).isTrue();
            } catch (IOException e) {
                throw new UncheckedIOException(address, e);
            }
        }
        Awaitility.await().until(() -> target.connections() == 4);
    }

    private Response register(Api api, Spelling spelling) {
        return api.request()
                .body(Map.of(
                        "url", spelling.url(),
                        "security_key", "k",
                        "event_subscriptions", List.of("playlist_create")))
                .post("/v1/webhooks");
    }

    private EgressResult send(TargetUrl url) {
        EgressRequest request = new EgressRequest(1, url, headers -> {}, Buffer.buffer("{}"), Duration.ofSeconds(2));
        CompletableFuture<EgressResult> result = new CompletableFuture<>();
        vertx.runOnContext(v -> egress.send(request).subscribe().with(result::complete));
        return result.join();
    }

    private void resolve(Function<Spelling, List<String>> addresses) {
        NameServer.SHARED.set(corpus.stream()
                .flatMap(spelling -> spelling.hosts(addresses.apply(spelling)))
                .collect(Collectors.toCollection(LinkedHashSet::new)));
    }
}
