package io.playhook.event;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

import com.fasterxml.jackson.databind.node.TextNode;

import io.playhook.platform.json.FieldErrors;
import io.playhook.platform.json.RawObject;
import io.playhook.platform.json.RawObject.RawValue;

/**
 * An event that is made up, in the form in which real ones are published.
 *
 * @param type one of the six event names
 * @param player the JSON object as it came
 */
public record SampleEvent(String type, String player) {

    private static final String PLAYER = """
            {"uuid":"aXkbtFpbiqBpVeGAqUgN8T","name":"A sample player"}""";

    /**
     * Reads a request for a sample; throws a 400 {@link io.playhook.platform.problem.Problem} of all that is wrong.
     *
     * @param usualType the type unless the request names another
     */
    public static SampleEvent read(RawObject request, String usualType) {
        String type = request.value("type")
                .map(RawValue::json)
                .orElse(TextNode.valueOf(usualType).toString());
        String player = request.value(Submission.PLAYER).map(RawValue::json).orElse(PLAYER);
        String event = "{\"type\":%s,\"%s\":%s}".formatted(type, Submission.PLAYER, player);
        FieldErrors errors = new FieldErrors();
        errors.optionalString(request, "auth_token");
        Submission read = Submission.read(
                RawObject.parseOneOrMany(event.getBytes(StandardCharsets.UTF_8), Submission.PLAYER)
                        .values()
                        .get(0)
                        .object(),
                Optional.empty(),
                errors);
        errors.throwIfAny();
        return new SampleEvent(read.type(), read.player());
    }
}
