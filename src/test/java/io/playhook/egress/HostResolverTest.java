package io.playhook.egress;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

import io.vertx.core.http.HttpServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import io.playhook.egress.EgressResult.Refused;
import io.playhook.egress.EgressResult.Response;
import io.playhook.egress.EgressResult.Unreachable;
import io.playhook.testing.NameServer;
import io.playhook.testing.NameServer.Mood;
import io.playhook.testing.RealServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Names that are slow to resolve, or not to be had at all, and whom that concerns. */
class HostResolverTest {

    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final NameServer NAMES = NameServer.SHARED;

    private final EgressFixture egress = new EgressFixture(TestEgressConfig.allowing("127.0.0.1"));
    private int port;

    @BeforeEach
    void start() {
        HttpServer server = egress.vertx
                .createHttpServer()
                .requestHandler(request -> request.response().end());
        port = EgressFixture.join(server.listen(0, "127.0.0.1")).actualPort();
        NAMES.set("127.0.0.1 healthy.test", "127.0.0.1 crm.test");
    }

    @AfterEach
    void stop() {
        NAMES.reset();
        egress.close();
    }

    @Test
    void namesThatAreNeverAnsweredDelayNoOther() {
        NAMES.be(Mood.SAYS_NOTHING);
        List<CompletableFuture<EgressResult>> waiting = IntStream.range(0, 500)
                .mapToObj(i -> egress.begin(1, url("silent-%d.test".formatted(i)), DEADLINE))
                .toList();

        assertThat(egress.post(url("healthy.test"))).isInstanceOf(Response.class);

        assertThat(waiting).noneMatch(CompletableFuture::isDone);
        assertThat(waiting)
                .allSatisfy(result ->
                        assertThat(result.join()).isEqualTo(new Unreachable("no name server of the host answered")));
    }

    @ParameterizedTest
    @EnumSource(names = "ANSWERS", mode = EnumSource.Mode.EXCLUDE)
    void aReceiverIsNotDownBecauseItsNameServerIs(Mood mood) {
        assertThat(egress.post(url("crm.test"))).isInstanceOf(Response.class);
        NAMES.be(mood);
        egress.ticker.advance(Duration.ofSeconds(10));

        assertThat(egress.post(1, url("crm.test"), DEADLINE)).isInstanceOf(Response.class);

        egress.ticker.advance(Duration.ofMinutes(10));
        assertThat(egress.post(1, url("crm.test"), DEADLINE)).isInstanceOf(Unreachable.class);
    }

    @Test
    void aNameThatIsGoneIsGone() {
        assertThat(egress.post(url("crm.test"))).isInstanceOf(Response.class);
        NAMES.set();
        egress.ticker.advance(Duration.ofSeconds(10));

        assertThat(egress.post(url("crm.test"))).isEqualTo(new Unreachable("the host name does not resolve"));
    }

    @Test
    void anAnswerServesAllWhoAskInTheNextTenSeconds() {
        int before = NAMES.questions();
        List<CompletableFuture<EgressResult>> together = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            together.add(egress.begin(1, url("crm.test"), DEADLINE));
        }
        assertThat(together).allSatisfy(result -> assertThat(result.join()).isInstanceOf(Response.class));
        assertThat(egress.post(url("crm.test"))).isInstanceOf(Response.class);
        assertThat(NAMES.questions() - before).isEqualTo(1);

        egress.ticker.advance(Duration.ofSeconds(10));
        assertThat(egress.post(url("crm.test"))).isInstanceOf(Response.class);
        assertThat(NAMES.questions() - before).isEqualTo(2);
    }

    @Test
    void anAddressThatIsForbiddenIsRefusedFromWhatIsKeptToo() {
        for (int i = 0; i < 3; i++) {
            assertThat(egress.post(url("both.test"))).isInstanceOf(Refused.class);
        }
    }

    @Test
    void aNameServerThatIsNoAddressIsRefusedInWords() {
        for (String wrong : List.of("ns.test", "127.0.0.1:x", "", "1.2.3", "::1:2:3:")) {
            assertThatThrownBy(() -> new NameServers(egress.vertx, List.of(wrong)))
                    .as(wrong)
                    .hasMessageContaining("PLAYHOOK_EGRESS_NAME_SERVERS");
        }
        for (String right : List.of("127.0.0.1", "127.0.0.1:5353", "::1", "[::1]", "[::1]:5353")) {
            new NameServers(egress.vertx, List.of(right)).close();
        }
    }

    /** dnsmasq, which nobody here wrote: it forwards what it does not know to a server that is not there. */
    @Test
    void aRealNameServer(@TempDir Path folder) {
        try (RealServer dnsmasq = RealServer.dnsmasq(
                        folder,
                        "address=/crm.test/127.0.0.1",
                        "address=/inside.test/10.0.0.1",
                        "cname=alias.test,crm.test",
                        "host-record=crm.test,127.0.0.1",
                        "address=/gone.test/",
                        "server=/silent.test/127.0.0.1#9");
                EgressFixture resolving = new EgressFixture(
                        TestEgressConfig.allowing("127.0.0.1").asking("127.0.0.1:" + dnsmasq.port()))) {
            assertThat(resolving.post(url("crm.test"))).isInstanceOf(Response.class);
            assertThat(resolving.post(url("alias.test"))).isInstanceOf(Response.class);
            assertThat(resolving.post(url("inside.test"))).isInstanceOf(Refused.class);
            assertThat(resolving.post(url("gone.test"))).isEqualTo(new Unreachable("the host name does not resolve"));
            assertThat(resolving.post(1, url("silent.test"), DEADLINE)).isInstanceOf(Unreachable.class);
            Awaitility.await().until(() -> resolving.openExchanges() == 0);
        }
    }

    private String url(String host) {
        return "http://%s:%d/".formatted(host, port);
    }
}
