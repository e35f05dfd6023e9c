package io.playhook.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

import static io.restassured.RestAssured.given;

/** The operations that the served OpenAPI document lists, so that a test covers those that are yet to come. */
public final class ApiDescription {

    private static final Pattern PARAMETER = Pattern.compile("\\{(\\w+)}");
    private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

    private ApiDescription() {}

    /**
     * An operation.
     *
     * @param pathParameters their names, in the order of the path
     * @param schemes the security schemes of which one must be met, with the scopes that each asks for
     * @param bodySchema the name of its body's schema; empty if it takes none
     * @param statuses the statuses that it may answer with
     * @param isEndless whether an answer that goes well has no end
     */
    public record Operation(
            String method,
            String path,
            List<String> pathParameters,
            Map<String, List<String>> schemes,
            Optional<String> bodySchema,
            Set<Integer> statuses,
            boolean isEndless) {

        /** The path with each parameter replaced by its value. */
        public String path(Map<String, ?> values) {
            return PARAMETER
                    .matcher(path)
                    .replaceAll(match -> values.get(match.group(1)).toString());
        }

        public boolean isForAdmin() {
            return schemes.containsKey("admin");
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    /** All operations of the service under test, health and metrics aside. */
    public static List<Operation> operations() {
        Map<String, Map<String, Object>> paths = given().queryParam("format", "json")
                .get("/q/openapi")
                .then()
                .statusCode(200)
                .extract()
                .path("paths");
        List<Operation> operations = new ArrayList<>();
        paths.forEach((path, item) -> item.forEach((method, operation) -> {
            if (METHODS.contains(method)) {
                operations.add(operation(method, path, cast(operation)));
            }
        }));
        return operations;
    }

    private static Operation operation(String method, String path, Map<String, Object> description) {
        Map<String, List<String>> schemes = new java.util.TreeMap<>();
        List<Map<String, List<String>>> security = cast(description.getOrDefault("security", List.of()));
        security.forEach(schemes::putAll);
        Map<String, Object> responses = cast(description.get("responses"));
        Set<Integer> statuses = new TreeSet<>();
        responses.keySet().forEach(status -> statuses.add(Integer.valueOf(status)));
        return new Operation(
                method.toUpperCase(),
                path,
                PARAMETER.matcher(path).results().map(match -> match.group(1)).toList(),
                schemes,
                bodySchema(description),
                statuses,
                responses.toString().contains("text/event-stream"));
    }

    private static Optional<String> bodySchema(Map<String, Object> description) {
        if (!description.containsKey("requestBody")) {
            return Optional.empty();
        }
        Map<String, Map<String, Map<String, Map<String, String>>>> body = cast(description.get("requestBody"));
        String ref = body.get("content").get("application/json").get("schema").get("$ref");
        return Optional.of(ref.substring(ref.lastIndexOf('/') + 1));
    }

    @SuppressWarnings("unchecked")
    private static <T> T cast(Object value) {
        return (T) value;
    }
}
