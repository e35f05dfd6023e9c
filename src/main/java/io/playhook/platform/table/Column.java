package io.playhook.platform.table;

import java.time.Instant;
import java.util.List;
import java.util.function.Function;

/**
 * A column of a table.
 *
 * @param name what stands above it
 * @param value what it shows of an item: a {@link String}, a {@link Number}, an {@link Instant} or null
 */
public record Column<T>(String name, Function<T, ?> value) {

    /** Of text, or of ids, whatever these are made of: no spreadsheet is to calculate with them. */
    public static <T> Column<T> text(String name, Function<T, ?> value) {
        return new Column<>(name, item -> {
            Object shown = value.apply(item);
            return shown == null ? null : shown.toString();
        });
    }

    public static <T> Column<T> number(String name, Function<T, ? extends Number> value) {
        return new Column<>(name, value);
    }

    public static <T> Column<T> time(String name, Function<T, Instant> value) {
        return new Column<>(name, value);
    }

    /** Of lists, their elements joined by a space. */
    public static <T> Column<T> words(String name, Function<T, List<String>> value) {
        return new Column<>(name, item -> String.join(" ", value.apply(item)));
    }
}
