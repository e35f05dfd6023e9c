package io.playhook.reliability;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The figures of a run, as tables in {@code target/reliability.md}. */
final class Report {

    private static final Path FILE = Path.of("target", "reliability.md");

    private Report() {}

    /** Adds a line, to the file and to what the build prints. */
    static synchronized void line(String line) {
        System.out.println(line);
        try {
            Files.writeString(FILE, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Begins a table. */
    static void table(String title, String... columns) {
        line("\n## " + title + "\n");
        row((Object[]) columns);
        line("|" + " --- |".repeat(columns.length));
    }

    static void row(Object... cells) {
        StringBuilder row = new StringBuilder("|");
        for (Object cell : cells) {
            row.append(' ').append(cell).append(" |");
        }
        line(row.toString());
    }
}
