package io.playhook.platform.problem;

/**
 * What is wrong with one field of a request.
 *
 * @param field the field's path in the request, such as {@code settings.timeout_ms} or {@code [3].type}
 * @param message what is wrong, for the caller to read
 */
public record FieldError(String field, String message) {

    /** The same error of a field that stands deeper: {@code type} under {@code [3]} is {@code [3].type}. */
    public FieldError under(String parent) {
        return new FieldError(parent + "." + field, message);
    }
}
