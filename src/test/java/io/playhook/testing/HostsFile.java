package io.playhook.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The names of the tests, and more for as long as it is open. */
public final class HostsFile implements AutoCloseable {

    private static final Path FILE = Path.of(System.getProperty("jdk.net.hosts.file"));

    private final String before = read();

    /** Sets what is there beside the names that are always there: lines with an address and a name. */
    public void set(Collection<String> lines) {
        List<String> all = new ArrayList<>(List.of(before));
        all.addAll(lines);
        write(String.join("\n", all) + "\n");
    }

    public void set(String... lines) {
        set(List.of(lines));
    }

    @Override
    public void close() {
        write(before);
    }

    private static String read() {
        try {
            return Files.readString(FILE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(String text) {
        try {
            Files.writeString(FILE, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
