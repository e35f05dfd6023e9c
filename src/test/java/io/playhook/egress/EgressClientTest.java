package io.playhook.egress;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.PfxOptions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.egress.EgressResult.Refused;
import io.playhook.egress.EgressResult.Response;
import io.playhook.egress.EgressResult.TimedOut;
import io.playhook.egress.EgressResult.Unreachable;
import io.playhook.testing.Certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.is;

/** The guarded client against real servers on loopback addresses; only 127.0.0.1 is allowed. */
class EgressClientTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private Vertx vertx;
    private EgressClient client;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
        client = client(TestEgressConfig.allowing("127.0.0.1/32"));
    }

    @AfterEach
    void stop() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void postsTheBodyWithTheHeadersAndGivesTheAnswer() {
        AtomicReference<String> seen = new AtomicReference<>();
        int port = http(request -> request.body().onSuccess(body -> {
            seen.set(request.method() + " " + request.uri() + " " + request.getHeader("Host") + " "
                    + request.getHeader("X-Mine") + " " + request.getHeader("Content-Length") + " " + body);
            request.response().setStatusCode(202).putHeader("Retry-After", "7").end("thanks");
        }));

        Response response = (Response) post("http://127.0.0.1:" + port + "/a?b=c", SECOND);

        assertThat(response.status()).isEqualTo(202);
        assertThat(response.headers().get("Retry-After")).isEqualTo("7");
        assertThat(response.bodyExcerpt()).asString().isEqualTo("thanks");
        assertThat(response.truncated()).isFalse();
        assertThat(seen).hasValue("POST /a?b=c 127.0.0.1:" + port + " yes 2 {}");
    }

    @Test
    void aHeaderThatCantBeSentEndsTheRequestAtOnce() {
        String url = "http://127.0.0.1:" + http(request -> request.response().end());

        EgressResult result = start(client, url, Duration.ofMinutes(1), headers -> headers.add("X-Mine", "a\nb"))
                .orTimeout(10, TimeUnit.SECONDS)
                .join();

        assertThat(result)
                .isInstanceOfSatisfying(
                        Unreachable.class,
                        unreachable -> assertThat(unreachable.reason()).startsWith("a header can't be sent: "));
    }

    @Test
    void followsNoRedirect() {
        AtomicInteger followed = new AtomicInteger();
        int target = http(request -> {
            followed.incrementAndGet();
            request.response().end();
        });
        int port = http(request -> request.response()
                .setStatusCode(302)
                .putHeader("Location", "http://127.0.0.1:" + target + "/")
                .end());

        assertThat(((Response) post("http://127.0.0.1:" + port, SECOND)).status())
                .isEqualTo(302);
        assertThat(followed).hasValue(0);
    }

    @Test
    void givesUpAtTheDeadlineOnAServerThatNeverAnswers() {
        AtomicInteger closed = new AtomicInteger();
        int port = http(request -> request.connection().closeHandler(v -> closed.incrementAndGet()));

        assertThat(post("http://127.0.0.1:" + port, SECOND)).isEqualTo(new TimedOut("no answer within 1 s"));
        Awaitility.await("the connection given back").untilAtomic(closed, is(1));
    }

    @Test
    void givesUpAtTheDeadlineOnABodyThatNeverEnds() {
        AtomicInteger closed = new AtomicInteger();
        int port = http(request -> {
            request.response().setChunked(true).write("a");
            long timer = vertx.setPeriodic(20, t -> request.response().write("drip"));
            request.connection().closeHandler(v -> {
                vertx.cancelTimer(timer);
                closed.incrementAndGet();
            });
        });

        assertThat(post("http://127.0.0.1:" + port, SECOND)).isEqualTo(new TimedOut("no end of the answer within 1 s"));
        Awaitility.await("the connection given back").untilAtomic(closed, is(1));
    }

    @Test
    void givesUpAtTheDeadlineOnHeadersThatDrip() {
        int port = tcp(socket -> {
            socket.write("HTTP/1.1 200 OK\r\nX-Slow: ");
            long timer = vertx.setPeriodic(20, t -> socket.write("x"));
            socket.closeHandler(v -> vertx.cancelTimer(timer));
        });

        assertThat(post("http://127.0.0.1:" + port, SECOND)).isEqualTo(new TimedOut("no answer within 1 s"));
    }

    @Test
    void readsNoMoreOfALargeBodyThanItMayAndKeeps4KiB() {
        AtomicInteger closed = new AtomicInteger();
        int port = http(request -> {
            request.connection().closeHandler(v -> closed.incrementAndGet());
            request.response().putHeader("Content-Length", "1073741824").write(Buffer.buffer(new byte[1024 * 1024]));
        });

        Response response = (Response) post("http://127.0.0.1:" + port, SECOND);

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.bodyExcerpt()).hasSize(4 * 1024);
        assertThat(response.truncated()).isTrue();
        Awaitility.await("the connection given back").untilAtomic(closed, is(1));
    }

    @Test
    void inflatesNoMoreOfABombThanItKeeps() throws IOException {
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bomb)) {
            for (int i = 0; i < 50; i++) {
                gzip.write(new byte[1024 * 1024]);
            }
        }
        int port = http(request ->
                request.response().putHeader("Content-Encoding", "gzip").end(Buffer.buffer(bomb.toByteArray())));

        Response response = (Response) post("http://127.0.0.1:" + port, SECOND);

        assertThat(response.bodyExcerpt()).hasSize(4 * 1024).containsOnly(0);
        assertThat(response.truncated()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate", "br", "identity", "nonsense"})
    void keepsABodyAsItIsWhereItIsNotWhatItsEncodingSays(String encoding) {
        int port = http(request ->
                request.response().putHeader("Content-Encoding", encoding).end("plain"));

        assertThat(((Response) post("http://127.0.0.1:" + port, SECOND)).bodyExcerpt())
                .asString()
                .isEqualTo("plain");
    }

    @Test
    void saysThatTheConnectionWasRefused() throws IOException {
        int port;
        try (ServerSocket unused = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = unused.getLocalPort();
        }
        assertThat(post("http://127.0.0.1:" + port, SECOND)).isEqualTo(new Unreachable("the connection was refused"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", // closes at once
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"
            })
    void saysThatTheConnectionWasClosedTooEarly(String answer) {
        int port = tcp(socket -> {
            socket.write(answer);
            socket.close();
        });
        assertThat(post("http://127.0.0.1:" + port, SECOND))
                .isEqualTo(new Unreachable("the connection was closed before the answer was complete"));
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP/1.0 200 OK~~hello, 200",
        "HTTP/1.1 200 OK~Connection: close~~hello, 200",
        "HTTP/1.1 204 No Content~~, 204",
        "HTTP/1.1 205 Reset Content~Content-Length: 0~~, 205",
        "HTTP/1.1 304 Not Modified~~, 304",
        "HTTP/1.1 100 Continue~~HTTP/1.1 200 OK~Content-Length: 0~~, 200",
        "HTTP/1.1 103 Early Hints~Link: </a>~~HTTP/1.1 202 Accepted~Content-Length: 0~~, 202",
        "HTTP/1.1 299 ~Content-Length: 0~~, 299"
    })
    void takesAnAnswerInWhateverFormHttpAllows(String answer, int status) {
        int port = tcp(socket -> {
            socket.write(answer.replace("~", "\r\n"));
            socket.close();
        });
        assertThat(post("http://127.0.0.1:" + port, SECOND))
                .isInstanceOfSatisfying(
                        Response.class,
                        response -> assertThat(response.status()).isEqualTo(status));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"})
    void saysThatTheAnswerIsNoHttp(String answer) {
        int port = tcp(socket -> socket.write(answer));
        assertThat(post("http://127.0.0.1:" + port, SECOND)).isEqualTo(new Unreachable("the answer is not valid HTTP"));
    }

    @Test
    void refusesAHeaderOfAMebibyte() {
        int port = tcp(socket -> socket.write("HTTP/1.1 200 OK\r\nX: " + "x".repeat(1024 * 1024) + "\r\n\r\n"));
        assertThat(post("http://127.0.0.1:" + port, SECOND))
                .isEqualTo(new Unreachable("the header of the answer is too large"));
    }

    @Test
    void refusesAnAddressThatIsNotAllowed() {
        AtomicInteger connected = new AtomicInteger();
        int port = server("127.0.0.2", new HttpServerOptions(), request -> connected.incrementAndGet());

        assertThat(post("http://127.0.0.2:" + port, SECOND))
                .isEqualTo(new Refused("egress forbids it: 127.0.0.2 is a loopback address"));
        assertThat(connected).hasValue(0);
    }

    @Test
    void refusesANameThatResolvesToAnAddressThatIsNotAllowed() {
        AtomicInteger connected = new AtomicInteger();
        int port = server("127.0.0.3", new HttpServerOptions(), request -> connected.incrementAndGet());

        assertThat(post("http://forbidden.test:" + port, SECOND))
                .isEqualTo(new Refused("egress forbids it: 127.0.0.3 is a loopback address"));
        assertThat(connected).hasValue(0);
    }

    @Test
    void refusesANameOfWhichOneAddressIsNotAllowed() {
        int port = http(request -> request.response().end());
        assertThat(post("http://both.test:" + port, SECOND)).isInstanceOf(Refused.class);
    }

    @Test
    void saysThatANameDoesNotResolve() {
        assertThat(post("http://nowhere.test/", SECOND)).isEqualTo(new Unreachable("the host name does not resolve"));
    }

    @Test
    void refusesHttpWhereOnlyHttpsIsAllowed() {
        EgressClient strict = client(new TestEgressConfig(Optional.of(List.of("127.0.0.1")), false, Optional.empty()));
        assertThat(post(strict, "http://127.0.0.1:1/", SECOND))
                .isEqualTo(new Refused("http is not allowed, only https"));
    }

    @Test
    void connectsToTheAddressItJudgedWithTheNameInSniHostAndCertificate() {
        Certificate certificate = Certificate.of("receiver.test");
        AtomicReference<String> seen = new AtomicReference<>();
        int port = https(certificate, request -> {
            seen.set(request.connection().indicatedServerName() + " " + request.authority() + " " + request.version());
            request.response().end();
        });
        EgressClient trusting = client(TestEgressConfig.allowing("127.0.0.1")
                .trusting(certificate.pem().toString()));

        assertThat(post(trusting, "https://receiver.test:" + port, SECOND)).isInstanceOf(Response.class);
        assertThat(seen).hasValue("receiver.test receiver.test:" + port + " " + HttpVersion.HTTP_2);
    }

    @Test
    void refusesACertificateThatIsNotTrusted() {
        int port = https(
                Certificate.of("receiver.test"), request -> request.response().end());
        assertThat(post("https://receiver.test:" + port, SECOND))
                .isEqualTo(new Unreachable("the certificate is not trusted"));
    }

    @Test
    void refusesACertificateOfAnotherHost() {
        Certificate certificate = Certificate.of("other.test");
        int port = https(certificate, request -> request.response().end());
        EgressClient trusting = client(TestEgressConfig.allowing("127.0.0.1")
                .trusting(certificate.pem().toString()));

        assertThat(post(trusting, "https://receiver.test:" + port, SECOND))
                .isEqualTo(new Unreachable("the certificate is not valid for the host"));
    }

    @Test
    void refusesACertificateThatHasExpired() {
        Certificate certificate = Certificate.of("receiver.test", "-startdate", "-20d", "-validity", "10");
        int port = https(certificate, request -> request.response().end());
        EgressClient trusting = client(TestEgressConfig.allowing("127.0.0.1")
                .trusting(certificate.pem().toString()));

        assertThat(post(trusting, "https://receiver.test:" + port, SECOND))
                .isEqualTo(new Unreachable("the certificate has expired"));
    }

    @Test
    void saysThatTheReceiverDoesNotSpeakTls() {
        int port = http(request -> request.response().end());
        assertThat(post("https://receiver.test:" + port, SECOND))
                .isEqualTo(new Unreachable("the receiver does not speak TLS"));
    }

    @Test
    void aReceiverThatHangsDelaysNoOther() {
        int hanging = http(request -> {});
        int healthy = http(request -> request.response().end());
        List<CompletableFuture<EgressResult>> stuck = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            stuck.add(start(client, "http://127.0.0.1:" + hanging, Duration.ofSeconds(5)));
        }
        for (int i = 0; i < 20; i++) {
            assertThat(post("http://127.0.0.1:" + healthy, SECOND)).isInstanceOf(Response.class);
        }
        assertThat(stuck).noneMatch(CompletableFuture::isDone);
    }

    @Test
    void usesAConnectionAgain() {
        AtomicInteger connections = new AtomicInteger();
        HttpServer server = vertx.createHttpServer()
                .connectionHandler(connection -> connections.incrementAndGet())
                .requestHandler(request -> request.response().end("ok"));
        int port = join(server.listen(0, "127.0.0.1")).actualPort();
        for (int i = 0; i < 20; i++) {
            post("http://127.0.0.1:" + port, SECOND);
        }
        assertThat(connections).hasValue(1);
    }

    private EgressResult post(String url, Duration deadline) {
        return post(client, url, deadline);
    }

    /** Posts, and checks that the deadline is kept within 10 %. */
    private EgressResult post(EgressClient client, String url, Duration deadline) {
        long start = System.nanoTime();
        EgressResult result = start(client, url, deadline).join();
        if (result instanceof TimedOut) {
            assertThat(Duration.ofNanos(System.nanoTime() - start).toMillis())
                    .isBetween(deadline.toMillis() - 10, deadline.toMillis() * 11 / 10 + 100);
        }
        return result;
    }

    private CompletableFuture<EgressResult> start(EgressClient client, String url, Duration deadline) {
        return start(client, url, deadline, headers -> headers.add("X-Mine", "yes"));
    }

    private CompletableFuture<EgressResult> start(
            EgressClient client, String url, Duration deadline, Consumer<MultiMap> headers) {
        CompletableFuture<EgressResult> result = new CompletableFuture<>();
        EgressRequest request = new EgressRequest(1, parse(url), headers, Buffer.buffer("{}"), deadline);
        vertx.getOrCreateContext()
                .runOnContext(v -> client.send(request).subscribe().with(result::complete));
        return result;
    }

    private EgressClient client(EgressConfig config) {
        return EgressFixture.client(config, vertx, System::nanoTime);
    }

    private int http(Handler<HttpServerRequest> handler) {
        return server("127.0.0.1", new HttpServerOptions(), handler);
    }

    private int https(Certificate certificate, Handler<HttpServerRequest> handler) {
        PfxOptions key =
                new PfxOptions().setPath(certificate.keyStore().toString()).setPassword(Certificate.PASSWORD);
        return server(
                "127.0.0.1",
                new HttpServerOptions()
                        .setSsl(true)
                        .setSni(true)
                        .setUseAlpn(true)
                        .setKeyCertOptions(key),
                handler);
    }

    private int server(String address, HttpServerOptions options, Handler<HttpServerRequest> handler) {
        return join(vertx.createHttpServer(options).requestHandler(handler).listen(0, address))
                .actualPort();
    }

    /** Calls {@code handler} once a request has begun to arrive. */
    private int tcp(Handler<NetSocket> handler) {
        NetServer server = vertx.createNetServer()
                .connectHandler(socket -> socket.handler(first -> {
                    socket.handler(more -> {});
                    handler.handle(socket);
                }));
        return join(server.listen(0, "127.0.0.1")).actualPort();
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
