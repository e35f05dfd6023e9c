package io.playhook.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

import io.vertx.core.json.JsonObject;

/** A Java process of the benchmark: it is told what to do by a line of JSON, and answers each with a line of JSON. */
final class Child implements AutoCloseable {

    private final Process process;
    private final BufferedReader answers;
    private final PrintStream orders;

    private Child(Process process) {
        this.process = process;
        this.answers = process.inputReader(StandardCharsets.UTF_8);
        this.orders = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    /** Starts a main class of this class path. */
    static Child start(Class<?> main) throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName());
        return new Child(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    long pid() {
        return process.pid();
    }

    /** Has it do something and waits for what it says. */
    JsonObject ask(JsonObject order) throws IOException {
        orders.println(order.encode());
        return answer();
    }

    private JsonObject answer() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException("A process of the benchmark has ended");
        }
        return new JsonObject(line);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
