package io.playhook.platform.http;

import io.quarkus.smallrye.openapi.OpenApiFilter;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.media.Content;
import org.eclipse.microprofile.openapi.models.media.MediaType;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;

import io.playhook.platform.table.TableFormat;

/**
 * Tells in the API's description that what answers a page answers a table too, and may refuse that: {@link Exports}. Runs at build
 * time.
 */
@OpenApiFilter(stages = OpenApiFilter.RunStage.BUILD)
public class TableResponses implements OASFilter {

    private static final String JSON = "application/json";
    private static final String PAGE = "#/components/schemas/Page";

    @Override
    public Operation filterOperation(Operation operation) {
        APIResponse response = operation.getResponses().getAPIResponse("200");
        Content content = response == null ? null : response.getContent();
        if (content != null && isPage(content.getMediaType(JSON))) {
            for (TableFormat format : TableFormat.values()) {
                Schema text = OASFactory.createSchema().addType(Schema.SchemaType.STRING);
                content.addMediaType(format.type(), OASFactory.createMediaType().schema(text));
            }
            operation
                    .getResponses()
                    .addAPIResponse("429", OASFactory.createAPIResponse().ref("429"));
        }
        return operation;
    }

    private static boolean isPage(MediaType json) {
        return json != null
                && json.getSchema() != null
                && json.getSchema().getRef() != null
                && json.getSchema().getRef().startsWith(PAGE);
    }
}
