package io.playhook.egress;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PfxOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.playhook.egress.EgressResult.Refused;
import io.playhook.egress.EgressResult.Response;
import io.playhook.egress.EgressResult.Unreachable;
import io.playhook.testing.Certificate;
import io.playhook.testing.MovableTicker;
import io.playhook.testing.NameServer;

import static org.assertj.core.api.Assertions.assertThat;

/** A connection serves the name and the address that it was opened for, and no other. */
class ConnectionReuseTest {

    private final List<String> connections = new CopyOnWriteArrayList<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final MovableTicker ticker = new MovableTicker();
    private Vertx vertx;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
    }

    @AfterEach
    void stop() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
        NameServer.SHARED.reset();
    }

    @Test
    void twoNamesOfOneAddressShareNone() {
        NameServer.SHARED.set("127.0.0.1 one.reuse.test", "127.0.0.1 two.reuse.test");
        int port = server("127.0.0.1", 0, new HttpServerOptions());
        EgressClient client = client(TestEgressConfig.allowing("127.0.0.1"));

        for (int i = 0; i < 3; i++) {
            assertThat(post(client, "http://one.reuse.test:" + port)).isInstanceOf(Response.class);
            assertThat(post(client, "http://two.reuse.test:" + port)).isInstanceOf(Response.class);
            assertThat(post(client, "http://127.0.0.1:" + port)).isInstanceOf(Response.class);
        }

        assertThat(connections).hasSize(3);
        assertThat(requests).hasSize(9);
    }

    @Test
    void aNameThatTheCertificateDoesNotCoverIsNotServedByAConnectionOfOneThatItCovers() {
        NameServer.SHARED.set("127.0.0.1 one.reuse.test", "127.0.0.1 two.reuse.test");
        Certificate certificate = Certificate.of("one.reuse.test");
        int port = server("127.0.0.1", 0, tls(certificate));
        EgressClient client = client(TestEgressConfig.allowing("127.0.0.1")
                .trusting(certificate.pem().toString()));

        assertThat(post(client, "https://one.reuse.test:" + port)).isInstanceOf(Response.class);
        assertThat(post(client, "https://two.reuse.test:" + port))
                .isEqualTo(new Unreachable("the certificate is not valid for the host"));
        assertThat(post(client, "https://one.reuse.test:" + port)).isInstanceOf(Response.class);

        assertThat(requests).containsExactly("one.reuse.test:" + port, "one.reuse.test:" + port);
    }

    @Test
    void aNameThatTurnsToAForbiddenAddressIsNotServedByAConnectionThatIsStillOpen() {
        NameServer.SHARED.set("127.0.0.1 turning.reuse.test");
        int port = server("127.0.0.1", 0, new HttpServerOptions());
        server("127.0.0.3", port, new HttpServerOptions());
        EgressClient client = client(TestEgressConfig.allowing("127.0.0.1", "127.0.0.2"));
        String url = "http://turning.reuse.test:" + port;
        assertThat(post(client, url)).isInstanceOf(Response.class);

        turn("127.0.0.3 turning.reuse.test");
        assertThat(post(client, url)).isInstanceOf(Refused.class);
        turn("127.0.0.1 turning.reuse.test", "127.0.0.3 turning.reuse.test");
        assertThat(post(client, url)).isInstanceOf(Refused.class);

        assertThat(connections).containsExactly("127.0.0.1");
        assertThat(requests).hasSize(1);
    }

    @Test
    void aNameThatTurnsToAnotherAllowedAddressIsServedThere() {
        NameServer.SHARED.set("127.0.0.1 turning.reuse.test");
        int port = server("127.0.0.1", 0, new HttpServerOptions());
        server("127.0.0.2", port, new HttpServerOptions());
        EgressClient client = client(TestEgressConfig.allowing("127.0.0.1", "127.0.0.2"));
        String url = "http://turning.reuse.test:" + port;

        assertThat(post(client, url)).isInstanceOf(Response.class);
        turn("127.0.0.2 turning.reuse.test");
        assertThat(post(client, url)).isInstanceOf(Response.class);
        turn("127.0.0.1 turning.reuse.test");
        assertThat(post(client, url)).isInstanceOf(Response.class);

        assertThat(connections).containsExactly("127.0.0.1", "127.0.0.2");
        assertThat(requests).hasSize(3);
    }

    private void turn(String... lines) {
        NameServer.SHARED.set(lines);
        ticker.advance(Duration.ofSeconds(10));
    }

    private int server(String address, int port, HttpServerOptions options) {
        HttpServer server = vertx.createHttpServer(options)
                .connectionHandler(
                        connection -> connections.add(connection.localAddress().hostAddress()))
                .requestHandler(request -> {
                    requests.add(request.authority().toString());
                    request.response().end();
                });
        return join(server.listen(port, address)).actualPort();
    }

    private static HttpServerOptions tls(Certificate certificate) {
        PfxOptions key =
                new PfxOptions().setPath(certificate.keyStore().toString()).setPassword(Certificate.PASSWORD);
        return new HttpServerOptions().setSsl(true).setUseAlpn(true).setKeyCertOptions(key);
    }

    private EgressClient client(EgressConfig config) {
        return EgressFixture.client(config, vertx, ticker);
    }

    private EgressResult post(EgressClient client, String url) {
        CompletableFuture<EgressResult> result = new CompletableFuture<>();
        EgressRequest request =
                new EgressRequest(1, parse(url), headers -> {}, Buffer.buffer("{}"), Duration.ofSeconds(10));
        vertx.runOnContext(v -> client.send(request).subscribe().with(result::complete));
        return result.join();
    }

    private static <T> T join(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }

    private static TargetUrl parse(String url) {
        try {
            return TargetUrl.parse(url);
        } catch (InvalidTargetUrl e) {
            throw new IllegalArgumentException(e);
        }
    }
}
