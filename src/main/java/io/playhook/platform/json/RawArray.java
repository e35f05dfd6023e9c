package io.playhook.platform.json;

import java.util.List;
import java.util.function.BiConsumer;

import io.playhook.platform.json.RawObject.RawValue;
import io.playhook.platform.problem.Problem;

/** The elements of a JSON array, each as the text that stands there. */
public record RawArray(List<RawValue> elements) {

    /** Reads an array out of a {@link RawObject}; throws a 400 {@link Problem} if it is none. */
    public static RawArray parse(String json) {
        return new RawArray(RawObject.parseArray(json));
    }

    /** Hands each element over with its index, from 0. */
    public void forEach(BiConsumer<Integer, RawValue> action) {
        for (int i = 0; i < elements.size(); i++) {
            action.accept(i, elements.get(i));
        }
    }
}
