package io.playhook;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.Test;

import io.playhook.testing.ApiDescription;
import io.playhook.testing.PlayhookDatabase;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

/** What the API's description promises; that every answer keeps to it is FuzzIT's to show. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class DescriptionTest {

    @Test
    void namesFieldsAsTheyAreSpelledInJson() {
        Map<String, Map<String, Map<String, Object>>> schemas =
                given().queryParam("format", "json").get("/q/openapi").path("components.schemas");
        assertThat(schemas).isNotEmpty();
        schemas.forEach((name, schema) -> assertThat(
                        schema.getOrDefault("properties", Map.of()).keySet())
                .as(name)
                .allMatch(property -> property.matches("[a-z][a-z0-9_]*")));
    }

    @Test
    void listsTheProblemsThatEachOperationCanAnswerWith() {
        for (ApiDescription.Operation operation : ApiDescription.operations()) {
            assertThat(operation.statuses()).as(operation.toString()).contains(400, 401, 406, 503);
            if (!operation.pathParameters().isEmpty()) {
                assertThat(operation.statuses()).as(operation.toString()).contains(404);
            }
            if (operation.bodySchema().isPresent()) {
                assertThat(operation.statuses()).as(operation.toString()).contains(413);
            }
            if (!operation.isForAdmin()) {
                assertThat(operation.schemes().keySet()).isEqualTo(java.util.Set.of("bearer", "auth_token"));
            }
        }
        assertThat(ApiDescription.operations())
                .filteredOn(operation -> operation.toString().equals("POST /v1/events"))
                .singleElement()
                .satisfies(publish -> assertThat(publish.statuses()).containsAll(List.of(200, 202, 409)));
    }

    /** A row is {@code | `METHOD /path` | scope | what it does |}; what stands in braces is named differently there. */
    @Test
    void standsInTheReadmeCallByCallWithItsScope() throws IOException {
        Pattern row = Pattern.compile("(?m)^\\| `([A-Z]+ /\\S+)` \\| ([a-z: ]+) \\|");
        Map<String, String> documented = new TreeMap<>();
        Matcher rows = row.matcher(Files.readString(Path.of("README.md")));
        while (rows.find()) {
            documented.put(withoutNames(rows.group(1)), rows.group(2));
        }
        Map<String, String> described = new TreeMap<>();
        for (ApiDescription.Operation operation : ApiDescription.operations()) {
            described.put(
                    withoutNames(operation.toString()),
                    operation.isForAdmin()
                            ? "admin token"
                            : operation.schemes().get("bearer").get(0));
        }
        assertThat(documented).isEqualTo(described);
    }

    private static String withoutNames(String call) {
        return call.replaceAll("\\{\\w+}", "{}");
    }
}
