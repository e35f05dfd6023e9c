package io.playhook.egress;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PfxOptions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.egress.EgressResult.Response;
import io.playhook.egress.EgressResult.Unreachable;
import io.playhook.testing.Certificate;
import io.playhook.testing.HostileReceiver;
import io.playhook.testing.HostileReceiver.Behaviour;
import io.playhook.testing.NameServer;

import static org.assertj.core.api.Assertions.assertThat;

/** Receivers that do nothing wrong, or nothing that other clients would mind, and were taken as failing. */
class OrdinaryReceiverTest {

    private static final Duration DEADLINE = Duration.ofSeconds(4);

    private static Certificate certificate;

    private final List<String> authorities = new CopyOnWriteArrayList<>();
    private EgressFixture egress;

    @BeforeAll
    static void certify() {
        certificate = Certificate.of("receiver.test");
    }

    @BeforeEach
    void start() {
        egress = new EgressFixture(TestEgressConfig.allowing("127.0.0.0/8", "::1")
                .trusting(certificate.pem().toString()));
    }

    @AfterEach
    void stop() {
        egress.close();
        NameServer.SHARED.reset();
    }

    @Test
    void anIpv6AddressStandsInBracketsInHost() {
        int port = server("::1", new HttpServerOptions(), this::noteAuthority).actualPort();

        assertThat(egress.post("http://[::1]:%d/hook".formatted(port))).isInstanceOf(Response.class);
        assertThat(egress.post("http://[0:0:0:0:0:0:0:1]:%d/hook".formatted(port)))
                .isInstanceOf(Response.class);

        assertThat(authorities).containsExactly("[::1]:" + port, "[0:0:0:0:0:0:0:1]:" + port);
    }

    @Test
    void aDeadAddressAmongSeveralDoesNotTakeTheWholeDeadline() {
        HttpServer alive = server("127.0.0.1", new HttpServerOptions(), this::noteAuthority);
        int port = alive.actualPort();
        NameServer.SHARED.set("127.0.0.7 several.test", "127.0.0.1 several.test");
        String url = "http://several.test:%d/hook".formatted(port);
        try (HostileReceiver dead = HostileReceiver.thatNeverAccepts("127.0.0.7", port)) {
            assertThat(egress.post(1, url, DEADLINE)).isInstanceOf(Response.class);

            // The one that worked starts first now: within this time the second one would not even have started.
            Awaitility.await("the address that worked remembered")
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> egress.post(2, url, Duration.ofMillis(240)) instanceof Response);
            assertThat(dead.requests()).isZero();
        }
    }

    @Test
    void allAddressesDeadIsOneFailure() {
        NameServer.SHARED.set("127.0.0.7 several.test", "127.0.0.8 several.test");
        assertThat(egress.post(1, "http://several.test:1/hook", DEADLINE))
                .isEqualTo(new Unreachable("the connection was refused"));
        Awaitility.await("nothing left open").until(() -> egress.openExchanges() == 0);
    }

    @Test
    void twoOrganizationsShareNoConnection() {
        NameServer.SHARED.set("127.0.0.1 receiver.test");
        List<Object> connections = new CopyOnWriteArrayList<>();
        int port = server("127.0.0.1", tls(), request -> {
                    connections.add(request.connection().remoteAddress());
                    request.response().end();
                })
                .actualPort();
        String url = "https://receiver.test:%d/hook".formatted(port);
        for (int i = 0; i < 3; i++) {
            assertThat(egress.post(1, url, DEADLINE)).isInstanceOf(Response.class);
            assertThat(egress.post(2, url, DEADLINE)).isInstanceOf(Response.class);
        }
        assertThat(connections).hasSize(6);
        assertThat(List.copyOf(new java.util.HashSet<>(connections))).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({"8000,true", "31000,true", "40000,false", "200000,false"})
    void theHeaderOfAnAnswerMayHoldAsMuchOverHttp2AsOverHttp1(int size, boolean fits) {
        NameServer.SHARED.set("127.0.0.1 receiver.test");
        HttpServerOptions options = tls().setMaxHeaderSize(1 << 20);
        int port = server("127.0.0.1", options, request -> {
                    if (request.path().equals("/slow")) {
                        request.response().write("");
                        egress.vertx.setTimer(600, id -> request.response().end());
                    } else {
                        request.response()
                                .putHeader("x-large", "x".repeat(size))
                                .end();
                    }
                })
                .actualPort();
        String host = "https://receiver.test:%d".formatted(port);
        CompletableFuture<EgressResult> beside = egress.begin(1, host + "/slow", DEADLINE);

        EgressResult result = egress.post(1, host + "/large", DEADLINE);

        if (fits) {
            assertThat(result).isInstanceOf(Response.class);
        } else {
            assertThat(result).isEqualTo(new Unreachable("the header of the answer is too large"));
        }
        assertThat(beside.join()).as("another request on the connection").isInstanceOf(Response.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
                "HTTP/1.1 200 OK\nContent-Length: 2\r\n\nok",
                "HTTP/1.1 200 OK~Content-Length: 2~Content-Length: 2~~ok",
                "HTTP/1.1 200 OK~Content-Length: 2, 2~~ok",
                "HTTP/1.1 200~Content-Length: 2~~ok",
                "HTTP/1.1 200 ~Content-Length: 2~~ok",
                "HTTP/1.0 200 OK~Content-Length: 2~~ok"
            })
    void whatIsOddButClearIsRead(String answer) {
        try (HostileReceiver receiver = new HostileReceiver(Behaviour.sends(answer))) {
            for (int i = 0; i < 3; i++) {
                assertThat(egress.post(receiver.url()))
                        .isInstanceOfSatisfying(
                                Response.class,
                                response -> assertThat(new String(response.bodyExcerpt()))
                                        .isEqualTo("ok"));
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HTTP/2.0 200 OK~Content-Length: 2~~ok|the answer is in a version of HTTP that was not asked for",
                "http/1.1 200 OK~Content-Length: 2~~ok|the answer is in a version of HTTP that was not asked for",
                "HTTP/2 200~Content-Length: 2~~ok|the answer is not valid HTTP",
                "HTTP/1.1 200 OK~Content-Length: 2~Content-Length: 3~~ok|the answer is not valid HTTP",
                "ICY 200 OK~Content-Length: 2~~ok|the answer is not valid HTTP",
                "{\"ok\": true}~~|the answer is not valid HTTP"
            })
    void whatIsNotClearIsRefusedInWords(String answer, String reason) {
        try (HostileReceiver receiver = new HostileReceiver(Behaviour.sends(answer))) {
            assertThat(egress.post(receiver.url())).isEqualTo(new Unreachable(reason));
        }
    }

    private void noteAuthority(HttpServerRequest request) {
        authorities.add(request.getHeader("Host"));
        request.response().end();
    }

    private HttpServer server(
            String address, HttpServerOptions options, io.vertx.core.Handler<HttpServerRequest> handler) {
        return EgressFixture.join(
                egress.vertx.createHttpServer(options).requestHandler(handler).listen(0, address));
    }

    private static HttpServerOptions tls() {
        PfxOptions key =
                new PfxOptions().setPath(certificate.keyStore().toString()).setPassword(Certificate.PASSWORD);
        return new HttpServerOptions().setSsl(true).setUseAlpn(true).setKeyCertOptions(key);
    }
}
