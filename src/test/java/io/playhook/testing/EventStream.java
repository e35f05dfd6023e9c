package io.playhook.testing;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import io.restassured.path.json.JsonPath;
import org.awaitility.Awaitility;

/** A client that listens to server-sent events, and reads them as the HTML standard says. */
public final class EventStream implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<Event> events = new CopyOnWriteArrayList<>();
    private final HttpResponse<Stream<String>> response;
    private volatile String lastId = "";
    private volatile boolean hasEnded;
    private String type = "";
    private final StringBuilder data = new StringBuilder();

    /** An event as it was dispatched. */
    public record Event(String id, String type, String data) {

        public JsonPath json() {
            return JsonPath.from(data);
        }
    }

    private EventStream(HttpResponse<Stream<String>> response) {
        this.response = response;
        Thread reader = new Thread(this::read, "event-stream");
        reader.setDaemon(true);
        reader.start();
    }

    /** @param lastEventId empty to begin now */
    public static EventStream open(String url, String token, String lastEventId) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
                .header("Accept", "text/event-stream")
                .header("Authorization", "Bearer " + token);
        if (!lastEventId.isEmpty()) {
            request.header("Last-Event-ID", lastEventId);
        }
        try {
            EventStream stream = new EventStream(HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .build()
                    .send(request.build(), HttpResponse.BodyHandlers.ofLines()));
            if (stream.response.statusCode() == 200) {
                // It begins with the id of where it stands.
                Awaitility.await("the stream's beginning").atMost(PATIENCE).until(() -> !stream.lastId.isEmpty());
            }
            return stream;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void read() {
        try {
            response.body().forEach(this::line);
        } catch (RuntimeException closed) {
            // As it may be, by either side.
        }
        hasEnded = true;
    }

    private void line(String line) {
        if (line.isEmpty()) {
            if (!data.isEmpty()) {
                events.add(new Event(lastId, type, data.toString()));
            }
            type = "";
            data.setLength(0);
            return;
        }
        String value = line.substring(line.indexOf(':') + 1).stripLeading();
        if (line.startsWith("id:")) {
            lastId = value;
        } else if (line.startsWith("event:")) {
            type = value;
        } else if (line.startsWith("data:")) {
            data.append(value);
        }
    }

    public int status() {
        return response.statusCode();
    }

    public HttpResponse<?> response() {
        return response;
    }

    /** The id to go on from. */
    public String lastId() {
        return lastId;
    }

    /** Those that have come so far. */
    public List<Event> events() {
        return events;
    }

    /** Waits until at least so many have come, and gives them. */
    public List<Event> await(int count) {
        Awaitility.await("%d events of the stream".formatted(count))
                .atMost(PATIENCE)
                .until(() -> events.size() >= count);
        return events;
    }

    public void awaitEnd() {
        Awaitility.await("the stream's end").atMost(PATIENCE).until(() -> hasEnded);
    }

    @Override
    public void close() {
        response.body().close();
    }
}
