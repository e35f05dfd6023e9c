package io.playhook.story;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.ApiDescription;
import io.playhook.testing.ApiDescription.Operation;
import io.playhook.testing.Deliveries;
import io.playhook.testing.GoodBodies;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * To an organization no other exists, and a token does what its scopes say and nothing more: for every operation in the
 * served OpenAPI document. One that this test does not know how to call fails it.
 */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class TenancyTest {

    private static final int NEVER_EXISTED = 2_000_000_000;

    /** An organization with something of everything that has an id. */
    private record Tenant(Api api, Map<String, Object> ids) {

        static Tenant create() {
            Api api = Api.ofNewOrganization();
            try (Receiver receiver = new Receiver()) {
                int webhookId = api.register(receiver.url());
                String eventId = api.publish("a-player").path("event_id");
                Deliveries.awaitSettled(eventId);
                String deliveryId = api.request().get("/v1/deliveries").path("data[0].delivery_id");
                int tokenId = Api.asAdmin()
                        .get("/v1/admin/organizations/{id}/tokens", api.organizationId())
                        .path("data[0].token_id");
                int replayId = api.request()
                        .body(Map.of("since", "2026-01-01T00:00:00Z"))
                        .post("/v1/webhooks/{id}/replays", webhookId)
                        .path("replay_id");
                // What goes on by itself would look like something that another has changed.
                Awaitility.await()
                        .until(() -> api.request()
                                .get("/v1/replays/{id}", replayId)
                                .path("status")
                                .equals("done"));
                return new Tenant(
                        api,
                        Map.of(
                                "organizationId",
                                api.organizationId(),
                                "webhookId",
                                webhookId,
                                "tokenId",
                                tokenId,
                                "eventId",
                                eventId,
                                "deliveryId",
                                deliveryId,
                                "replayId",
                                replayId));
            }
        }
    }

    @Test
    void anotherOrganizationsIdsAreAnsweredLikeIdsThatNeverExistedAndNothingChanges() {
        Tenant a = Tenant.create();
        Tenant b = Tenant.create();
        Map<String, List<String>> before = dump(a, b);
        int calls = 0;
        for (Operation operation : operationsWithIds()) {
            for (Map<String, Object> ids : mixtures(operation, a, b)) {
                Response refused = call(operation, ids, caller(operation, b));
                Response unknown = call(operation, unknown(ids, a), caller(operation, b));
                assertThat(refused.statusCode())
                        .as("%s with %s", operation, ids)
                        .isEqualTo(404);
                assertThat(withoutInstance(refused))
                        .as("%s with %s", operation, ids)
                        .isEqualTo(withoutInstance(unknown));
                calls++;
            }
        }
        assertThat(calls).isGreaterThan(5);
        assertThat(dump(a, b)).isEqualTo(before);
    }

    @Test
    void theAdminApiTellsAnOrganizationNothing() {
        Tenant a = Tenant.create();
        Tenant b = Tenant.create();
        Map<String, List<String>> before = dump(a, b);
        for (Operation operation : ApiDescription.operations()) {
            if (operation.isForAdmin()) {
                Response refused = call(operation, a.ids(), b.api().request());
                Response unknown = call(operation, unknown(a.ids(), a), b.api().request());
                assertThat(refused.statusCode()).as(operation.toString()).isEqualTo(401);
                assertThat(withoutInstance(refused)).as(operation.toString()).isEqualTo(withoutInstance(unknown));
            }
        }
        assertThat(dump(a, b)).isEqualTo(before);
    }

    @Test
    void everyOperationAsksForATokenAndForItsScope() {
        Api api = Api.ofNewOrganization();
        for (Operation operation : ApiDescription.operations()) {
            assertThat(operation.schemes()).as("%s asks for a token", operation).isNotEmpty();
            Map<String, Object> ids = new HashMap<>();
            operation.pathParameters().forEach(name -> ids.put(name, neverExisted(name)));
            for (String wrong : List.of("", "unknown")) {
                RequestSpecification request = given().contentType(ContentType.JSON);
                Response refused = call(
                        operation, ids, wrong.isEmpty() ? request : request.header("Authorization", "Bearer " + wrong));
                assertThat(refused.statusCode()).as(operation.toString()).isEqualTo(401);
                assertThat(refused.header("WWW-Authenticate")).isEqualTo("Bearer");
            }
            if (!operation.isForAdmin()) {
                asksForItsScope(operation, ids, api);
            }
        }
    }

    private static void asksForItsScope(Operation operation, Map<String, Object> ids, Api api) {
        List<String> needed = operation.schemes().get("bearer");
        assertThat(needed).as("%s says which scope it needs", operation).hasSize(1);
        List<String> others = new ArrayList<>(Api.ALL_SCOPES);
        others.removeAll(needed);
        assertThat(call(operation, ids, with(api, others)).statusCode())
                .as("%s with %s", operation, others)
                .isEqualTo(403);
        if (operation.isEndless()) {
            return;
        }
        assertThat(call(operation, ids, with(api, needed)).statusCode())
                .as("%s with %s", operation, needed)
                .isNotIn(401, 403)
                .isLessThan(500);
    }

    private static RequestSpecification with(Api api, List<String> scopes) {
        String token = Api.newToken(api.organizationId(), scopes);
        return given().contentType(ContentType.JSON).header("Authorization", "Bearer " + token);
    }

    private static List<Operation> operationsWithIds() {
        return ApiDescription.operations().stream()
                .filter(operation -> !operation.pathParameters().isEmpty())
                .toList();
    }

    // The admin sees all organizations, so to it only what lies in another organization than the path says is not
    // there.
    private static RequestSpecification caller(Operation operation, Tenant b) {
        return operation.isForAdmin() ? Api.asAdmin() : b.api().request();
    }

    /** Every choice of A's and B's ids for a path with at least one of A's; for the admin, only of two that differ. */
    private static List<Map<String, Object>> mixtures(Operation operation, Tenant a, Tenant b) {
        List<String> names = operation.pathParameters();
        assertThat(a.ids().keySet()).as("ids for %s", operation).containsAll(names);
        List<Map<String, Object>> mixtures = new ArrayList<>();
        for (int choice = 1; choice < 1 << names.size(); choice++) {
            Map<String, Object> ids = new TreeMap<>();
            for (int i = 0; i < names.size(); i++) {
                Tenant owner = (choice >> i & 1) == 1 ? a : b;
                ids.put(names.get(i), owner.ids().get(names.get(i)));
            }
            boolean allOfOne = choice == (1 << names.size()) - 1;
            if (!operation.isForAdmin() || !allOfOne) {
                mixtures.add(ids);
            }
        }
        return mixtures;
    }

    private static Map<String, Object> unknown(Map<String, Object> ids, Tenant a) {
        Map<String, Object> unknown = new TreeMap<>(ids);
        unknown.replaceAll((name, id) -> id.equals(a.ids().get(name)) ? neverExisted(name) : id);
        return unknown;
    }

    private static Object neverExisted(String name) {
        boolean isUuid = name.equals("eventId") || name.equals("deliveryId");
        return isUuid ? "0199c0de-0000-7000-8000-000000000000" : NEVER_EXISTED;
    }

    private static Response call(Operation operation, Map<String, Object> ids, RequestSpecification request) {
        GoodBodies.of(operation).ifPresent(request::body);
        return request.request(operation.method(), operation.path(ids));
    }

    private static Map<String, Object> withoutInstance(Response response) {
        Map<String, Object> body = new TreeMap<>(response.jsonPath().getMap(""));
        body.remove("instance");
        return body;
    }

    /** All rows of two organizations, by table: of every table that names an organization. */
    private static Map<String, List<String>> dump(Tenant a, Tenant b) {
        Map<String, List<String>> dump = new TreeMap<>();
        List<Row> tables = Deliveries.query(
                "select table_name, column_name from information_schema.columns where table_schema = 'public'"
                        + " and (column_name = 'organization_id' or table_name = 'organizations' and column_name = 'id')",
                Tuple.tuple());
        for (Row table : tables) {
            String name = table.getString("table_name");
            String rows = "select to_jsonb(t)::text from %s t where %s = any ($1) order by 1"
                    .formatted(name, table.getString("column_name"));
            Integer[] organizations = {a.api().organizationId(), b.api().organizationId()};
            dump.put(
                    name,
                    Deliveries.query(rows, Tuple.of(organizations)).stream()
                            .map(row -> row.getString(0))
                            .toList());
        }
        assertThat(dump).containsKeys("organizations", "auth_tokens", "webhooks", "events", "deliveries");
        assertThat(dump.get("webhooks")).hasSize(2);
        return dump;
    }
}
