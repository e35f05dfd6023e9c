package io.playhook.story;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

import jakarta.inject.Inject;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.playhook.platform.database.Database;
import io.playhook.platform.database.DatabaseConfig;
import io.playhook.platform.database.ForDelivery;
import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every statement that the service sends, as the server knows it: prepared once, and planned so that it reads what it needs,
 * whatever the tables held when they were analyzed.
 */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
@TestProfile(StatementsTest.ADatabaseOfItsOwn.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StatementsTest {

    /** Restarts the service, and with it comes another database: this one gets full. */
    public static class ADatabaseOfItsOwn implements QuarkusTestProfile {}

    private static final Pattern PARAMETER = Pattern.compile("\\$(\\d+)");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Emptied and filled all the time. Of all others, one that is small is read whole, and should be. */
    private static final Set<String> QUEUES = Set.of("delivery_queue", "due_webhooks", "events");

    private static final Set<String> LARGE = Set.of(
            "delivery_queue",
            "due_webhooks",
            "events",
            "deliveries",
            "attempts",
            "webhooks",
            "circuits",
            "auth_tokens",
            "idempotency_keys");

    @Inject
    Pool pool;

    @Inject
    @ForDelivery
    Database forDelivery;

    @Inject
    DatabaseConfig config;

    private final Set<String> statements = new TreeSet<>();
    private final List<String> preparedTwice = new ArrayList<>();
    private final List<String> plannedEachTime = new ArrayList<>();
    private final Map<String, String> tableOfIndex = new HashMap<>();
    private final Map<String, String> firstColumn = new HashMap<>();

    @BeforeEach
    void doAllThatTheServiceDoes() {
        if (!statements.isEmpty()) {
            return;
        }
        Everything.once();
        collect(pool, config.connections());
        collect(forDelivery.pool(), config.deliveryConnections());
    }

    private void collect(Pool from, int size) {
        List<SqlConnection> all = IntStream.range(0, size)
                .mapToObj(i -> from.getConnection().await().atMost(PATIENCE))
                .toList();
        for (SqlConnection connection : all) {
            Set<String> ofThis = new TreeSet<>();
            for (Row row : connection
                    .query("select statement, custom_plans from pg_prepared_statements where not from_sql")
                    .execute()
                    .await()
                    .atMost(PATIENCE)) {
                if (row.getString(0).matches("(?s).*from (deliveries|all_attempts) where event_id.*")) {
                    // The test's own.
                    continue;
                }
                if (!ofThis.add(row.getString(0))) {
                    preparedTwice.add(row.getString(0));
                }
                if (row.getLong(1) > 0) {
                    plannedEachTime.add(row.getString(0));
                }
            }
            statements.addAll(ofThis);
            connection.close().await().atMost(PATIENCE);
        }
    }

    @Test
    void noStatementIsPreparedMoreThanOnceOnAConnection() {
        assertThat(preparedTwice).isEmpty();
        assertThat(statements).as("all that was sent").hasSizeGreaterThan(20);
        // The longest of all, and the first to exceed what the client is willing to keep.
        assertThat(statements).anyMatch(statement -> statement.contains("insert into events"));
    }

    /** Planning an insert of one event takes three times as long as the insert. */
    @Test
    void noStatementIsPlannedForTheParametersOfTheDay() {
        assertThat(plannedEachTime).isEmpty();
    }

    @Test
    void plansHoldWhateverTheTablesHeldWhenTheyWereAnalyzed() {
        run("delete from delivery_queue", "delete from due_webhooks");
        check(
                "nearly empty, never analyzed",
                QUEUES,
                "delete from pg_statistic where starelid >= 16384",
                "update pg_class set reltuples = -1, relpages = 0 where oid >= 16384 and relkind = 'r'");
        check("analyzed while empty", QUEUES, "analyze");
        check(
                "vacuumed while empty",
                QUEUES,
                "delete from settled_otherwise",
                "delete from webhook_hours",
                "delete from replays",
                "vacuum analyze");
        for (int rows : List.of(1, 10, 100)) {
            check(
                    rows + " rows, analyzed",
                    Set.of("delivery_queue"),
                    "insert into delivery_queue (event_id, webhook_id, organization_id, type, player_uuid, bytes, due_at,"
                            + " accepted_at) select id, 1, 1 + row_number() over () % 2, type, player_uuid, 0,"
                            + " now() + interval '1 day', now() from events limit " + rows,
                    "vacuum analyze");
            run("delete from delivery_queue");
        }
        run(Everything.MANY_ROWS);
        check("100,000 rows, analyzed while empty", QUEUES);
        check(
                "100,000 rows, never analyzed",
                LARGE,
                "delete from pg_statistic where starelid >= 16384",
                "update pg_class set reltuples = -1, relpages = 0 where oid >= 16384 and relkind = 'r'");
        check("100,000 rows, analyzed", LARGE, "analyze");
    }

    /** Planned inside of functions, where EXPLAIN does not look: so the rows that were read are counted. */
    @ParameterizedTest
    @CsvSource({"false, 50", "true, 0", "true, 50"})
    void toArrangeTurnsReadsWhatThePlayerHasAndNotWhatWaits(boolean ordered, int coalesceMillis) {
        SqlConnection session = pool.getConnection().await().atMost(PATIENCE);
        try {
            for (String sql : List.of(
                    "begin",
                    "set local statement_timeout = '30s'",
                    "delete from delivery_queue",
                    "analyze delivery_queue",
                    "insert into organizations (id, name, created_at) values (9999, '', now())",
                    "insert into webhooks (id, organization_id, version, url, event_subscriptions, status, ordered, coalesce_ms,"
                            + " created_at, updated_at) values (999999, 9999, 1, '', '{}', 'paused', " + ordered + ", "
                            + coalesceMillis + ", now(), now())",
                    "insert into delivery_queue (event_id, webhook_id, organization_id, bytes, due_at, accepted_at,"
                            + " player_uuid, type, position) select gen_random_uuid(), 999999, 9999, 0,"
                            + " 'infinity', now(), 'p' || i / 3, 'playlist_update', i from generate_series(1, 20000) i")) {
                session.query(sql).execute().await().atMost(PATIENCE);
            }
            long before = read(session);

            session.query("select arrange_turns(999999, 'p77')")
                    .execute()
                    .await()
                    .atMost(PATIENCE);

            assertThat(read(session) - before).isBetween(1L, 100L);
        } finally {
            session.query("rollback").execute().await().atMost(PATIENCE);
            session.close().await().atMost(PATIENCE);
        }
    }

    private static long read(SqlConnection session) {
        return session.query("select seq_tup_read + (select sum(pg_stat_get_xact_tuples_fetched(indexrelid)"
                        + " + pg_stat_get_xact_tuples_returned(indexrelid)) from pg_index where indrelid = relid)::bigint"
                        + " from pg_stat_xact_user_tables where relname = 'delivery_queue'")
                .execute()
                .await()
                .atMost(PATIENCE)
                .iterator()
                .next()
                .getLong(0);
    }

    private void readIndexes() {
        for (Row row : pool.query("""
                        select i.relname, c.relname, a.attname
                        from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
                        join pg_attribute a on a.attrelid = x.indrelid and a.attnum = x.indkey[0]
                        """).execute().await().atMost(PATIENCE)) {
            // What only wrong clocks fill is empty, and any index of it as good as another.
            tableOfIndex.put(row.getString(0), row.getString(1).replaceAll("_\\d{8}$", ""));
            firstColumn.put(row.getString(0), row.getString(2));
        }
    }

    private void check(String state, Set<String> tables, String... preparation) {
        run(preparation);
        readIndexes();
        List<String> faults = new ArrayList<>();
        SqlConnection session = pool.getConnection().await().atMost(PATIENCE);
        try {
            for (String statement : statements) {
                if (statement.matches("(?is)\\s*(select|with|insert|update|delete).*")) {
                    JsonArray plan = new JsonArray(genericPlan(session, statement));
                    walk(plan.getJsonObject(0).getJsonObject("Plan"), tables, statement, faults);
                }
            }
        } finally {
            session.close().await().atMost(PATIENCE);
        }
        assertThat(faults).as(state).isEmpty();
    }

    /** The plan that the server keeps for a prepared statement, whatever its parameters. */
    private static String genericPlan(SqlConnection session, String statement) {
        int parameters = PARAMETER
                .matcher(statement)
                .results()
                .mapToInt(found -> Integer.parseInt(found.group(1)))
                .max()
                .orElse(0);
        String nulls = parameters == 0 ? "" : "(" + "null, ".repeat(parameters - 1) + "null)";
        for (String before : List.of("set plan_cache_mode = force_generic_plan", "prepare asked_for as " + statement)) {
            session.query(before).execute().await().atMost(PATIENCE);
        }
        try {
            return session.query("explain (format json) execute asked_for" + nulls)
                    .execute()
                    .await()
                    .atMost(PATIENCE)
                    .iterator()
                    .next()
                    .getValue(0)
                    .toString();
        } finally {
            session.query("deallocate asked_for").execute().await().atMost(PATIENCE);
            session.query("reset plan_cache_mode").execute().await().atMost(PATIENCE);
        }
    }

    /** A node that reads a whole table, or a whole index: also by a condition on what is not the index' first column. */
    private void walk(JsonObject node, Set<String> tables, String statement, List<String> faults) {
        String type = node.getString("Node Type");
        if (node.containsKey("Relation Name") && tables.contains(table(node))) {
            boolean whole = type.equals("Seq Scan") || type.startsWith("Index") && node.getString("Index Cond") == null;
            if (whole) {
                faults.add(type + " of " + node.getString("Relation Name") + " by "
                        + statement.strip().replaceAll("\\s+", " "));
            }
        }
        String filter = node.getString("Filter");
        if (filter != null && filter.contains("ctid = ANY")) {
            faults.add("each row of " + node.getString("Relation Name") + " is compared with each that was found by "
                    + statement.strip().replaceAll("\\s+", " "));
        }
        String index = node.getString("Index Name");
        String condition = node.getString("Index Cond");
        if (index != null
                && condition != null
                && tables.contains(tableOfIndex.get(index))
                // The other index has the same columns. The table is small, and analyzed anew as soon as it is not.
                && !index.equals("due_webhooks_of_webhook")
                && !Pattern.compile("[(]" + firstColumn.get(index) + "\\b")
                        .matcher(condition)
                        .find()) {
            faults.add(type + " of " + index + " by " + condition + " for "
                    + statement.strip().replaceAll("\\s+", " "));
        }
        if (node.getJsonArray("Plans") != null) {
            node.getJsonArray("Plans").forEach(child -> walk((JsonObject) child, tables, statement, faults));
        }
    }

    /** The table, where it is a partition the whole. */
    private static String table(JsonObject node) {
        return node.getString("Relation Name").replaceAll("_(\\d{8}|default)$", "");
    }

    private void run(String... statements) {
        Arrays.stream(statements)
                .forEach(sql -> pool.query(sql).execute().await().atMost(PATIENCE));
    }
}
