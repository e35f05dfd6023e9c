package io.playhook.platform.database;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import jakarta.inject.Inject;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.pgclient.PgException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class DatabaseTest {

    @Inject
    Database database;

    @Inject
    Vertx vertx;

    @BeforeEach
    void aFunctionThatFailsAtFirst() {
        run("drop sequence if exists calls");
        run("create sequence calls");
        // A sequence goes on counting though the transaction is rolled back.
        run("""
                create or replace function fails_at_first(times bigint, code text) returns bigint language plpgsql as $$
                declare call bigint := nextval('calls');
                begin
                    if call <= times then
                        raise exception using errcode = code, message = 'as ordered';
                    end if;
                    return call;
                end $$
                """);
    }

    @Test
    void sendsAgainWhatTheServerRolledBack() {
        assertThat(call(2, "40001")).isEqualTo(3);
        run("alter sequence calls restart");
        assertThat(call(3, "40P01")).isEqualTo(4);
    }

    @Test
    void givesUpAfterThreeMoreTries() {
        assertThatThrownBy(() -> call(4, "40001")).isInstanceOf(PgException.class);
    }

    @Test
    void sendsNothingAgainThatWasWrongInItself() {
        assertThatThrownBy(() -> call(1, "23505")).isInstanceOf(PgException.class);
        assertThat(call(1, "23505")).isEqualTo(2);
    }

    @Test
    void runsAWholeTransactionAgain() {
        long calls = database.inTransaction(transaction -> Database.execute(
                                transaction, "select fails_at_first($1, $2)", Tuple.of(1L, "40001"))
                        .map(rows -> rows.iterator().next().getLong(0)))
                .await()
                .atMost(Duration.ofSeconds(10));
        assertThat(calls).isEqualTo(2);
    }

    @Test
    void whoRetriesGetsAnotherTryAndNotTheFirstFailureAgain() {
        long calls = database.query("select fails_at_first($1, $2)", Tuple.of(1L, "23505"), row -> row.getLong(0))
                .onFailure()
                .retry()
                .atMost(1)
                .await()
                .atMost(Duration.ofSeconds(10))
                .get(0);
        assertThat(calls).isEqualTo(2);
    }

    @Test
    void goesOnOnTheContextThatAskedThoughItHadToBeSentAgain() throws Exception {
        Context context = vertx.getOrCreateContext();
        CompletableFuture<Boolean> sameContext = new CompletableFuture<>();

        context.runOnContext(v -> database.query(
                        "select fails_at_first($1, $2)", Tuple.of(2L, "40001"), row -> row.getLong(0))
                .subscribe()
                .with(
                        calls -> sameContext.complete(Vertx.currentContext() == context),
                        sameContext::completeExceptionally));

        assertThat(sameContext.get(10, TimeUnit.SECONDS)).isTrue();
    }

    /** What a distribution's server has by default may be another thing than what the embedded one has. */
    @Test
    void eachConnectionIsSetUp() {
        List<String> settings = database.query("""
                        select current_setting('jit') || ' '
                               || current_setting('statement_timeout') || ' ' || current_setting('application_name')
                        from generate_series(1, 1)
                        """, Tuple.tuple(), row -> row.getString(0))
                .await()
                .atMost(Duration.ofSeconds(10));
        assertThat(settings).containsExactly("off 1min playhook");
    }

    private long call(long failures, String code) {
        return database.query("select fails_at_first($1, $2)", Tuple.of(failures, code), row -> row.getLong(0))
                .await()
                .atMost(Duration.ofSeconds(10))
                .get(0);
    }

    private void run(String sql) {
        database.execute(sql, Tuple.tuple()).await().atMost(Duration.ofSeconds(10));
    }
}
