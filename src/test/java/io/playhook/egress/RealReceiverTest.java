package io.playhook.egress;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.playhook.egress.EgressResult.Response;
import io.playhook.testing.Certificate;
import io.playhook.testing.NameServer;
import io.playhook.testing.RealServer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * nginx and HAProxy as they come, with many requests at a time. With HTTP/2, nginx sends connections away after 1,000
 * requests; what was on its way then was once taken as failed, and opened the circuit.
 */
class RealReceiverTest {

    /** Three times what nginx takes on one connection. */
    private static final int MANY = 3_000;

    private static final int SOME = 600;
    private static final int AT_A_TIME = 100;
    private static final String OK = "location / { return 200 ok; }";

    private static Certificate certificate;

    @TempDir
    Path folder;

    private EgressFixture egress;

    @BeforeAll
    static void certify() {
        certificate = Certificate.of("receiver.test");
    }

    @BeforeEach
    void start() {
        NameServer.SHARED.set("127.0.0.1 receiver.test");
        egress = new EgressFixture(TestEgressConfig.allowing("127.0.0.1")
                .trusting(certificate.pem().toString()));
    }

    @AfterEach
    void stop() {
        egress.close();
        NameServer.SHARED.reset();
    }

    @Test
    void nginxWithHttp2() {
        try (RealServer nginx = RealServer.nginx(folder, certificate, "ssl http2", OK)) {
            assertAllAnswered("https", nginx, MANY);
        }
    }

    @Test
    void nginxWithHttp2ThatSendsConnectionsAwayAllTheTime() {
        try (RealServer nginx = RealServer.nginx(folder, certificate, "ssl http2", "keepalive_requests 20; " + OK)) {
            assertAllAnswered("https", nginx, SOME);
        }
    }

    @Test
    void nginxWithHttp1() {
        try (RealServer nginx = RealServer.nginx(folder, certificate, "ssl", "keepalive_requests 20; " + OK)) {
            assertAllAnswered("https", nginx, SOME);
        }
    }

    @Test
    void nginxThatClosesIdleConnectionsAfterASecond() {
        try (RealServer nginx = RealServer.nginx(folder, certificate, "", "keepalive_timeout 1s; " + OK)) {
            for (int round = 0; round < 3; round++) {
                // About when it closes them.
                assertAllAnswered("http", nginx, 100);
                pause(Duration.ofMillis(990 + 10 * round));
            }
        }
    }

    @Test
    void haproxyThatTimesOutIdleConnections() {
        try (RealServer haproxy = RealServer.haproxy(folder, "", "timeout http-keep-alive 500ms")) {
            for (int round = 0; round < 3; round++) {
                assertAllAnswered("http", haproxy, 100);
                pause(Duration.ofMillis(490 + 10 * round));
            }
        }
    }

    @Test
    void haproxyWithHttp2() throws Exception {
        Path both = java.nio.file.Files.writeString(
                folder.resolve("both.pem"),
                java.nio.file.Files.readString(certificate.chainPem())
                        + java.nio.file.Files.readString(certificate.keyPem()));
        try (RealServer haproxy = RealServer.haproxy(folder, "ssl crt " + both + " alpn h2,http/1.1", "")) {
            assertAllAnswered("https", haproxy, SOME);
        }
    }

    private void assertAllAnswered(String scheme, RealServer server, int events) {
        String url = "%s://receiver.test:%d/hook".formatted(scheme, server.port());
        Semaphore places = new Semaphore(AT_A_TIME);
        List<CompletableFuture<EgressResult>> results = new ArrayList<>();
        for (int i = 0; i < events; i++) {
            places.acquireUninterruptibly();
            CompletableFuture<EgressResult> result = egress.begin(1, url, Duration.ofSeconds(15));
            result.whenComplete((r, e) -> places.release());
            results.add(result);
        }
        assertThat(results)
                .extracting(CompletableFuture::join)
                .filteredOn(result -> !(result instanceof Response response && response.status() == 200))
                .isEmpty();
    }

    private void pause(Duration duration) {
        CompletableFuture<Void> over = new CompletableFuture<>();
        egress.vertx.setTimer(duration.toMillis(), id -> over.complete(null));
        over.join();
    }
}
