package io.playhook.platform.problem;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import io.quarkus.smallrye.openapi.OpenApiFilter;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.parameters.Parameter;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;
import org.eclipse.microprofile.openapi.models.security.SecurityRequirement;

/**
 * Tells in the API's description which problems an operation can answer with. They follow from what the operation is (it
 * takes a body, a path, a token), so no resource has to list them. The responses themselves stand in {@code
 * META-INF/openapi.yaml}.
 *
 * <p>Runs at build time: a native image serves the same document.
 */
@OpenApiFilter(stages = OpenApiFilter.RunStage.BUILD)
public class ProblemResponses implements OASFilter {

    private static final String BEARER = "bearer";
    private static final String QUERY_TOKEN = "auth_token";
    private static final String ADMIN = "admin";

    @Override
    public Operation filterOperation(Operation operation) {
        offerTokenInQuery(operation);
        APIResponses responses = operation.getResponses();
        for (String status : problemsOf(operation)) {
            APIResponse described = responses.getAPIResponse(status);
            // A resource that says more of a status than the framework's "Bad Request" keeps what it says.
            if (described == null || described.getContent() == null) {
                responses.addAPIResponse(status, OASFactory.createAPIResponse().ref(status));
            }
        }
        return operation;
    }

    private static Set<String> problemsOf(Operation operation) {
        // 400 for all: a parameter may break its validation.
        Set<String> statuses = new TreeSet<>(Set.of("400", "406", "503"));
        if (requires(operation, BEARER)) {
            statuses.addAll(Set.of("401", "403"));
        }
        if (requires(operation, ADMIN)) {
            // 404: the admin API may be off.
            statuses.addAll(Set.of("401", "404"));
        }
        if (operation.getRequestBody() != null) {
            statuses.addAll(Set.of("408", "413", "429"));
        }
        if (parameters(operation).stream().anyMatch(parameter -> parameter.getIn() == Parameter.In.PATH)) {
            statuses.add("404");
        }
        if (parameters(operation).stream().anyMatch(parameter -> "If-Match".equals(parameter.getName()))) {
            statuses.add("412");
        }
        return statuses;
    }

    private static void offerTokenInQuery(Operation operation) {
        if (requires(operation, BEARER) && !requires(operation, QUERY_TOKEN)) {
            List<String> scopes = operation.getSecurity().stream()
                    .filter(requirement -> requirement.hasScheme(BEARER))
                    .flatMap(requirement -> requirement.getScheme(BEARER).stream())
                    .toList();
            operation.addSecurityRequirement(
                    OASFactory.createSecurityRequirement().addScheme(QUERY_TOKEN, scopes));
        }
    }

    private static boolean requires(Operation operation, String scheme) {
        List<SecurityRequirement> security = operation.getSecurity();
        return security != null && security.stream().anyMatch(requirement -> requirement.hasScheme(scheme));
    }

    private static List<Parameter> parameters(Operation operation) {
        return operation.getParameters() == null ? List.of() : operation.getParameters();
    }
}
