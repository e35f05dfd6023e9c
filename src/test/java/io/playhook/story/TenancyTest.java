package io.playhook.story;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.Tuple;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;
import io.playhook.testing.Receiver.Answer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * What belongs to another organization is not there: for every operation that the API's own document lists, with every id
 * of the other. An operation that is new is covered by itself, or fails this test until it says what its ids are.
 */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class TenancyTest {

    private static final Pattern PARAMETER = Pattern.compile("\\{(\\w+)}");
    private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");
    private static final String NOBODYS_ID = "2147483647";

    /** One operation with ids filled in. */
    private record Call(String method, String path, String pathToNothing) {}

    @Test
    void everyOperationAnswers404ForWhatIsAnotherOrganizationsAndChangesNothing() {
        try (Receiver receiver = new Receiver().answers(Answer.status(500))) {
            Api theirs = Api.ofNewOrganization();
            int webhookId = theirs.register(receiver.url(), Map.of("retry_schedule", List.of("1h")));
            Deliveries.awaitAttempts(theirs.publish("p").path("event_id"), 1);
            Api ours = Api.ofNewOrganization();
            List<String> before = everythingOf(theirs);
            int tried = 0;

            for (Operation operation : operations()) {
                if (operation.path().startsWith("/v1/admin")
                        || !PARAMETER.matcher(operation.path()).find()) {
                    continue;
                }
                for (Call call : calls(operation, theirs, ours, webhookId)) {
                    Response answer = send(call, given().auth().preemptive().oauth2(ours.token()));
                    assertThat(answer.statusCode()).as(call.toString()).isEqualTo(404);
                    Response nobodys = send(
                            new Call(call.method(), call.pathToNothing(), null),
                            given().auth().preemptive().oauth2(ours.token()));
                    assertThat(withoutInstance(answer))
                            .as(call + " tells no more than that there is no such thing")
                            .isEqualTo(withoutInstance(nobodys));
                    tried++;
                }
            }

            System.out.printf("Tenancy: %d calls with another organization's ids, all answered 404%n", tried);
            assertThat(tried).isGreaterThanOrEqualTo(4);
            assertThat(everythingOf(theirs)).isEqualTo(before);
        }
    }

    @Test
    void everyOperationAsksForATokenAndForItsScope() {
        Api api = Api.ofNewOrganization();
        String forEvents = Api.newToken(api.organizationId(), List.of("events:read", "events:write"));
        String forWebhooks = Api.newToken(api.organizationId(), List.of("webhooks:read", "webhooks:write"));
        for (Operation operation : operations()) {
            Call call = new Call(
                    operation.method(),
                    operation
                            .path()
                            .replace("{organizationId}", Integer.toString(api.organizationId()))
                            .replaceAll("\\{\\w+}", "1"),
                    null);
            boolean admin = operation.path().startsWith("/v1/admin");
            assertThat(send(call, given()).statusCode())
                    .as(call + " without a token")
                    .isEqualTo(401);
            assertThat(send(call, given().auth().preemptive().oauth2("nobody-knows-it"))
                            .statusCode())
                    .as(call + " with an unknown token")
                    .isEqualTo(401);
            String powerless = operation.path().contains("webhooks") ? forEvents : forWebhooks;
            assertThat(send(call, given().auth().preemptive().oauth2(powerless)).statusCode())
                    .as(call + " with a token whose scopes do not cover it")
                    .isEqualTo(admin ? 401 : 403);
        }
    }

    private record Operation(String method, String path) {}

    private static List<Operation> operations() {
        String document = given().accept("application/json")
                .get("/q/openapi?format=json")
                .then()
                .statusCode(200)
                .extract()
                .asString();
        List<Operation> operations = new ArrayList<>();
        JsonObject paths = new JsonObject(document).getJsonObject("paths");
        for (String path : paths.fieldNames()) {
            for (String method : paths.getJsonObject(path).fieldNames()) {
                if (METHODS.contains(method) && !path.startsWith("/q/")) {
                    operations.add(new Operation(method, path));
                }
            }
        }
        assertThat(operations).hasSizeGreaterThan(8);
        return operations;
    }

    /** The operation with their ids, and with theirs below our own organization. */
    private static List<Call> calls(Operation operation, Api theirs, Api ours, int webhookId) {
        List<Call> calls = new ArrayList<>();
        for (int organizationId : List.of(theirs.organizationId(), ours.organizationId())) {
            boolean isOurs = organizationId == ours.organizationId();
            String path = operation.path().replace("{organizationId}", Integer.toString(organizationId));
            String pathToNothing = operation
                    .path()
                    .replace("{organizationId}", isOurs ? Integer.toString(organizationId) : NOBODYS_ID)
                    .replaceAll("\\{\\w+}", NOBODYS_ID);
            boolean ownCollection = organizationId == ours.organizationId()
                    && !PARAMETER.matcher(path).find();
            if (ownCollection) {
                continue;
            }
            path = path.replace("{webhookId}", Integer.toString(webhookId));
            assertThat(path)
                    .as("a parameter of %s that this test knows no value for".formatted(operation.path()))
                    .doesNotContain("{");
            calls.add(new Call(operation.method(), path, pathToNothing));
        }
        return calls.stream().distinct().toList();
    }

    private static Response send(Call call, RequestSpecification request) {
        RequestSpecification prepared = request.contentType("application/json").accept("application/json");
        if (!call.method().equals("get") && !call.method().equals("delete")) {
            prepared.body(Map.of(
                    "url", "https://example.com/",
                    "security_key", "k",
                    "event_subscriptions", List.of("playlist_create"),
                    "type", "playlist_create",
                    "player", Map.of("uuid", "p"),
                    "name", "n",
                    "scopes", List.of("events:read")));
        }
        prepared.port(RestAssured.port);
        return prepared.request(call.method(), call.path());
    }

    private static JsonObject withoutInstance(Response response) {
        JsonObject problem = new JsonObject(response.asString());
        problem.remove("instance");
        return problem;
    }

    private static List<String> everythingOf(Api api) {
        List<String> rows = new ArrayList<>();
        for (String table : List.of("webhooks", "auth_tokens", "events", "delivery_queue", "deliveries")) {
            Deliveries.query(
                            "select t::text as line from %s t where organization_id = $1 order by 1".formatted(table),
                            Tuple.of(api.organizationId()))
                    .forEach(row -> rows.add(table + " " + row.getString("line")));
        }
        assertThat(rows).hasSizeGreaterThan(3);
        return rows;
    }
}
