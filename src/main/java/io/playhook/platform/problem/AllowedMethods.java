package io.playhook.platform.problem;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import io.quarkus.smallrye.openapi.runtime.OpenApiDocumentService;
import io.smallrye.openapi.runtime.io.Format;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/**
 * Knows which methods a path has, as the API's description lists them. A 405 must name them (RFC 9110, 15.5.6), which the
 * framework leaves out; and what it answers to {@code OPTIONS} are those of all paths of one class.
 */
@ApplicationScoped
class AllowedMethods {

    private final OpenApiDocumentService description;
    private final ObjectMapper mapper;
    private volatile List<Path> paths;

    AllowedMethods(OpenApiDocumentService description, ObjectMapper mapper) {
        this.description = description;
        this.mapper = mapper;
    }

    private record Path(Pattern pattern, String methods) {}

    void register(@Observes Router router) {
        router.options().order(Integer.MIN_VALUE + 1).handler(this::answer);
    }

    /** The value of {@code Allow} for a path; empty if the description has no such path. */
    Optional<String> of(String path) {
        return paths().stream()
                .filter(known -> known.pattern().matcher(path).matches())
                .map(Path::methods)
                .findFirst();
    }

    private void answer(RoutingContext context) {
        of(context.normalizedPath())
                .ifPresentOrElse(
                        methods -> context.response()
                                .putHeader(HttpHeaders.ALLOW, methods)
                                .end(),
                        context::next);
    }

    // Read at the first question: at start the document may not be there yet.
    private List<Path> paths() {
        if (paths == null) {
            paths = read();
        }
        return paths;
    }

    private List<Path> read() {
        try {
            byte[] json = description.getDocument(OpenApiFilter.DEFAULT_DOCUMENT_NAME, Format.JSON);
            List<Path> found = new ArrayList<>();
            mapper.readTree(json)
                    .path("paths")
                    .properties()
                    .forEach(item -> found.add(new Path(pattern(item.getKey()), methods(item.getValue()))));
            return List.copyOf(found);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Pattern pattern(String template) {
        return Pattern.compile(template.replaceAll("\\{\\w+}", "[^/]+"));
    }

    private static String methods(JsonNode item) {
        Set<String> methods = new TreeSet<>(Set.of("OPTIONS"));
        for (String method : List.of("get", "post", "put", "patch", "delete")) {
            if (item.has(method)) {
                methods.add(method.toUpperCase(java.util.Locale.ROOT));
            }
        }
        if (methods.contains("GET")) {
            methods.add("HEAD");
        }
        return String.join(", ", methods);
    }
}
