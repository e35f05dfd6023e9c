package io.playhook.platform.database;

import java.time.Duration;
import java.util.function.Function;
import java.util.stream.Stream;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/** A balancer or a sidecar takes each connection, and closes it when it finds that there is no server behind it. */
class DatabaseAwayBehindABalancerTest {

    private final Vertx vertx = Vertx.vertx();
    private Database database;

    @BeforeEach
    void start() {
        NetServer balancer = vertx.createNetServer()
                .connectHandler(connection -> connection.handler(startUp -> connection.close()))
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
        PgConnectOptions options = new PgConnectOptions()
                .setHost("127.0.0.1")
                .setPort(balancer.actualPort())
                .setDatabase("playhook")
                .setUser("playhook");
        database = new Database(
                Pool.newInstance(
                        PgBuilder.pool().connectingTo(options).using(vertx).build()),
                vertx,
                null);
    }

    @AfterEach
    void stop() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    static Stream<Function<Database, Uni<?>>> uses() {
        return Stream.of(
                database -> database.execute("select 1", Tuple.tuple()),
                database -> database.inTransaction(
                        transaction -> Database.execute(transaction, "select 1", Tuple.tuple())));
    }

    @ParameterizedTest
    @MethodSource("uses")
    void nothingWasSentWhereNoConnectionWasMade(Function<Database, Uni<?>> use) {
        Throwable fault = catchThrowable(() -> use.apply(database).await().atMost(Duration.ofSeconds(10)));

        assertThat(DatabaseFault.isUnavailable(fault)).isTrue();
        assertThat(DatabaseFault.isAnswerLost(fault)).isFalse();
    }
}
