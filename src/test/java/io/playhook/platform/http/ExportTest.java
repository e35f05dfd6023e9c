package io.playhook.platform.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

import jakarta.inject.Inject;
import jakarta.ws.rs.core.MultivaluedHashMap;
import jakarta.ws.rs.core.UriInfo;

import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.vertx.mutiny.sqlclient.Tuple;
import org.apache.poi.ss.usermodel.Cell;
import org.apache.poi.ss.usermodel.CellType;
import org.apache.poi.ss.usermodel.DateUtil;
import org.apache.poi.ss.usermodel.Row;
import org.apache.poi.xssf.usermodel.XSSFWorkbook;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.playhook.platform.table.Column;
import io.playhook.platform.table.TableFormat;
import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.matchesPattern;

@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class ExportTest {

    private static final String CSV = "text/csv";
    private static final String XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    private Api api;

    @Inject
    Exports exports;

    @Inject
    Cursors cursors;

    @BeforeEach
    void anOrganization() {
        api = Api.ofNewOrganization();
    }

    /** A list's columns are the scalar fields of its object in their order, and the state of the circuit. */
    @ParameterizedTest
    @CsvSource({
        "/v1/webhooks, WebhookView",
        "/v1/events, Event",
        "/v1/deliveries, Delivery",
        "/v1/webhooks/{webhookId}/replays, Replay",
        "/v1/admin/organizations, OrganizationView",
        "/v1/admin/organizations/{organizationId}/tokens, TokenView"
    })
    void aTableHasTheScalarFieldsOfTheObjectsInTheirOrder(String path, String schema) throws Exception {
        Map<String, Object> description =
                given().queryParam("format", "json").get("/q/openapi").path("components.schemas." + schema);
        @SuppressWarnings("unchecked")
        Map<String, Map<String, Object>> properties = (Map<String, Map<String, Object>>) description.get("properties");
        @SuppressWarnings("unchecked")
        List<String> required = (List<String>) description.get("required");
        List<String> expected = new ArrayList<>();
        properties.forEach((name, property) -> {
            if (name.equals("circuit")) {
                expected.add("circuit_state");
            } else if (required.contains(name) && isScalar(property)) {
                expected.add(name);
            }
        });
        int webhook = api.register("http://127.0.0.1:1/");
        String filled = path.replace("{webhookId}", Integer.toString(webhook))
                .replace("{organizationId}", Integer.toString(api.organizationId()));
        RequestSpecification request = path.contains("admin") ? Api.asAdmin() : api.request();
        assertThat(csv(request.accept(CSV).get(filled)).get(0)).isEqualTo(expected);
        RequestSpecification again = path.contains("admin") ? Api.asAdmin() : api.request();
        assertThat(texts(xlsx(again.accept(XLSX).get(filled)).get(0))).isEqualTo(expected);
    }

    @Test
    void aTableSaysWhatTheListSays() throws Exception {
        try (Receiver receiver = new Receiver()) {
            api.register(receiver.url());
            for (int i = 0; i < 3; i++) {
                Deliveries.awaitSettled(api.publish("p" + i).path("event_id"));
            }
        }
        List<Map<String, Object>> listed =
                api.request().get("/v1/deliveries?status=delivered").jsonPath().getList("data");
        Response response = api.request().accept(CSV).get("/v1/deliveries?status=delivered");
        response.then()
                .statusCode(200)
                .contentType("text/csv; charset=utf-8; header=present")
                .header(
                        "Content-Disposition",
                        matchesPattern("attachment; filename=\"deliveries-\\d{8}T\\d{6}Z\\.csv\""));
        List<List<String>> csv = csv(response);
        List<Row> xlsx = xlsx(api.request().accept(XLSX).get("/v1/deliveries?status=delivered"));
        assertThat(csv).hasSize(4);
        assertThat(xlsx).hasSize(4);
        for (int i = 0; i < 3; i++) {
            List<String> names = csv.get(0);
            for (int column = 0; column < names.size(); column++) {
                Object value = listed.get(i).get(names.get(column));
                assertThat(csv.get(i + 1).get(column))
                        .as(names.get(column))
                        .isEqualTo(value == null ? "" : value.toString());
                Cell cell = xlsx.get(i + 1).getCell(column);
                if (value == null) {
                    assertThat(cell).isNull();
                } else if (names.get(column).endsWith("_at")) {
                    assertThat(DateUtil.isCellDateFormatted(cell)).isTrue();
                    assertThat(cell.getLocalDateTimeCellValue().toInstant(ZoneOffset.UTC))
                            .isBetween(
                                    Instant.parse(value.toString()).minusMillis(2),
                                    Instant.parse(value.toString()).plusMillis(2));
                } else if (names.get(column).equals("attempts_made")) {
                    assertThat(cell.getNumericCellValue()).isEqualTo(1.0);
                } else {
                    assertThat(cell.getCellType()).as(names.get(column)).isEqualTo(CellType.STRING);
                    assertThat(cell.getStringCellValue()).isEqualTo(value.toString());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\"http://x\",\"a, b\")"})
    void whatASpreadsheetWouldCalculateIsMadeHarmless(String text) throws Exception {
        int id = Api.asAdmin()
                .body(Map.of("name", text))
                .post("/v1/admin/organizations")
                .then()
                .statusCode(201)
                .extract()
                .path("organization_id");
        List<String> row = csv(Api.asAdmin().accept(CSV).get("/v1/admin/organizations")).stream()
                .filter(each -> each.get(0).equals(Integer.toString(id)))
                .findFirst()
                .orElseThrow();
        assertThat(row.get(1)).isEqualTo("'" + text);
        Cell cell = xlsx(Api.asAdmin().accept(XLSX).get("/v1/admin/organizations")).stream()
                .filter(each -> each.getCell(0).getStringCellValue().equals(Integer.toString(id)))
                .findFirst()
                .orElseThrow()
                .getCell(1);
        assertThat(cell.getCellType()).isEqualTo(CellType.STRING);
        assertThat(cell.getStringCellValue()).isEqualTo(text);
    }

    @Test
    void aTableHasAllPagesOfTheListAndNoMoreThanItsLimit() throws Exception {
        int webhook = api.register("http://127.0.0.1:1/");
        fill(webhook, 3 * Exports.PAGE + 7);
        List<List<String>> all = csv(api.request().accept(CSV).get("/v1/deliveries"));
        assertThat(all).hasSize(3 * Exports.PAGE + 8).doesNotHaveDuplicates();
        int limit = Exports.PAGE + 1;
        assertThat(csv(api.request().accept(CSV).get("/v1/deliveries?limit={n}", limit)))
                .isEqualTo(all.subList(0, limit + 1));
        assertThat(xlsx(api.request().accept(XLSX).get("/v1/deliveries?limit={n}", 2 * Exports.PAGE)))
                .hasSize(2 * Exports.PAGE + 1);
        String next = api.request().get("/v1/deliveries?limit=7").path("next");
        assertThat(csv(api.request().accept(CSV).get("/v1/deliveries?after={next}", next)))
                .hasSize(3 * Exports.PAGE + 1)
                .containsAll(all.subList(8, all.size()));
        assertThat(csv(api.request().accept(CSV).get("/v1/deliveries?status=waiting")))
                .hasSize(1);
        // The feed has a next for ever.
        assertThat(csv(api.request().accept(CSV).get("/v1/events"))).hasSize(3 * Exports.PAGE + 8);
        assertThat(csv(api.request().accept(CSV).get("/v1/events?type=playlist_create")))
                .hasSize(1);
    }

    @Test
    void whoDoesNotAskForATableGetsJson() {
        for (String accept :
                List.of("*/*", "application/json", "text/html, */*;q=0.1", "text/csv;q=0.5, application/json")) {
            api.request()
                    .accept(accept)
                    .get("/v1/webhooks")
                    .then()
                    .statusCode(200)
                    .contentType("application/json");
        }
        given().auth()
                .preemptive()
                .oauth2(api.token())
                .get("/v1/webhooks")
                .then()
                .contentType("application/json");
        api.request()
                .accept("application/json;q=0.5, text/csv")
                .get("/v1/webhooks")
                .then()
                .contentType(CSV);
        api.request().accept("application/pdf").get("/v1/webhooks").then().statusCode(406);
    }

    @ParameterizedTest
    @ValueSource(strings = {"limit=0", "limit=1000001", "limit=x", "status=x", "after=x", "since=x"})
    void whatIsWrongIsToldInJson(String query) {
        api.request()
                .accept(CSV)
                .get("/v1/deliveries?" + query)
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("errors.field", equalTo(List.of(query.substring(0, query.indexOf('=')))));
        api.request().get("/v1/deliveries?limit=251").then().statusCode(400);
    }

    @Test
    void aTableIsForWhomTheListIs() {
        given().accept(CSV).get("/v1/deliveries").then().statusCode(401);
        String token = Api.newToken(api.organizationId(), List.of("webhooks:read"));
        given().auth()
                .preemptive()
                .oauth2(token)
                .accept(XLSX)
                .get("/v1/deliveries")
                .then()
                .statusCode(403);
        api.request().accept(CSV).get("/v1/admin/organizations").then().statusCode(401);
        int foreign = Api.ofNewOrganization().register("http://127.0.0.1:1/");
        api.request()
                .accept(CSV)
                .get("/v1/webhooks/{id}/replays", foreign)
                .then()
                .statusCode(404);
    }

    @Test
    void readsNothingMoreForAClientThatHangsUpAndHasAFewOfThemAtOnce() throws Exception {
        int webhook = api.register("http://127.0.0.1:1/");
        fill(webhook, 100_000);
        List<Socket> clients = new ArrayList<>();
        for (int i = 0; i < Exports.AT_ONCE; i++) {
            Socket client = new Socket("127.0.0.1", RestAssured.port);
            client.getOutputStream()
                    .write(
                            "GET /v1/deliveries HTTP/1.1\r\nHost: localhost\r\nAccept: text/csv\r\nAuthorization: Bearer %s\r\n\r\n"
                                    .formatted(api.token())
                                    .getBytes(StandardCharsets.US_ASCII));
            InputStream in = client.getInputStream();
            assertThat(new String(in.readNBytes(15), StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200 OK");
            clients.add(client);
        }
        api.request().accept(CSV).get("/v1/deliveries").then().statusCode(429);
        api.request().get("/v1/deliveries").then().statusCode(200);
        Api.ofNewOrganization()
                .request()
                .accept(CSV)
                .get("/v1/deliveries")
                .then()
                .statusCode(200);

        for (Socket client : clients) {
            client.close();
        }
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> exports.underWay() == 0);
        api.request().accept(CSV).get("/v1/deliveries?limit=1").then().statusCode(200);
    }

    /** Who gets a table to its end has all of it: what fails is reset, and not ended. */
    @Test
    void aFaultInTheMiddleFailsTheTable() {
        UriInfo noParameters = (UriInfo) Proxy.newProxyInstance(
                UriInfo.class.getClassLoader(),
                new Class<?>[] {UriInfo.class},
                (proxy, method, arguments) -> new MultivaluedHashMap<String, String>());
        List<Integer> page = IntStream.rangeClosed(0, Exports.PAGE).boxed().toList();
        Function<Listing.Start, Uni<Rows<Integer>>> fetch =
                start -> start.after().isEmpty()
                        ? Uni.createFrom().item(Rows.of(page, Function.identity(), row -> new long[] {row}))
                        : Uni.createFrom().failure(new IllegalStateException("The database is gone"));
        AssertSubscriber<byte[]> client = exports.of(
                        TableFormat.CSV,
                        "numbers",
                        Uni.createFrom()
                                .item(() -> new ListRequest<>(
                                        "somebody", new Listing(cursors, "numbers", noParameters), fetch)),
                        List.of(Column.number("number", Function.<Integer>identity())))
                .subscribe()
                .withSubscriber(AssertSubscriber.create(Long.MAX_VALUE));
        client.awaitFailure(Duration.ofSeconds(10))
                .assertFailedWith(IllegalStateException.class, "The database is gone");
        assertThat(client.getItems()).hasSize(1);
        assertThat(exports.underWay()).isZero();
    }

    private void fill(int webhook, int count) {
        Deliveries.query("""
                with made as (
                    insert into events (id, organization_id, type, player_uuid, player, occurred_at, accepted_at)
                    select (left(first_id(now())::text, 14) || '7' || substr(gen_random_uuid()::text, 16))::uuid, $1,
                           'videofacade_update', 'a-player', '{}', now(), now() from generate_series(1, $2::int) returning id
                )
                insert into deliveries (event_id, webhook_id, organization_id, type, player_uuid, status, attempts, accepted_at,
                                        settled_at)
                select id, $3, $1, 'videofacade_update', 'a-player', 'delivered', 1, now(), now() from made
                """, Tuple.of(api.organizationId(), count, webhook));
    }

    private static boolean isScalar(Map<String, Object> property) {
        Object type = property.get("type");
        boolean isObject = type instanceof List<?> types ? types.contains("object") : "object".equals(type);
        return !isObject
                && (!property.containsKey("anyOf")
                        || property.get("anyOf").toString().contains("/Instant"))
                && !String.valueOf(property.get("$ref")).matches(".*OrNull|.*/CircuitOfWebhook");
    }

    private static List<List<String>> csv(Response response) throws IOException {
        assertThat(response.statusCode()).isEqualTo(200);
        String text = response.asString();
        assertThat(text).endsWith("\r\n");
        return new CsvMapper()
                .enable(CsvParser.Feature.WRAP_AS_ARRAY)
                .readerForListOf(String.class)
                .<List<String>>readValues(text)
                .readAll();
    }

    private static List<Row> xlsx(Response response) throws IOException {
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.contentType()).isEqualTo(XLSX);
        try (XSSFWorkbook workbook = new XSSFWorkbook(new ByteArrayInputStream(response.asByteArray()))) {
            List<Row> rows = new ArrayList<>();
            workbook.getSheetAt(0).forEach(rows::add);
            return rows;
        }
    }

    private static List<String> texts(Row row) {
        List<String> texts = new ArrayList<>();
        row.forEach(cell -> texts.add(cell.getStringCellValue()));
        return texts;
    }
}
