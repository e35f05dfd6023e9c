package io.playhook.story;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

import jakarta.inject.Inject;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.playhook.platform.body.BodiesInFlight;
import io.playhook.testing.Api;
import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;

/** Senders of bodies that are large, slow, or never end: nobody else is kept waiting, and there is an end to them. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
@TestProfile(BodiesTest.LittleRoom.class)
class BodiesTest {

    private static final int MEBIBYTE = 1024 * 1024;
    private static final Duration TIMEOUT = Duration.ofSeconds(6);
    private static final String EVENT = "{\"type\":\"playlist_create\",\"player\":{\"uuid\":\"a\"}}";

    /** Room for two of the largest bodies, one of each organization. */
    public static class LittleRoom implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("playhook.bodies.in-flight", "17M", "playhook.bodies.timeout", TIMEOUT.toSeconds() + "s");
        }
    }

    @Inject
    BodiesInFlight bodies;

    private final List<Upload> uploads = new ArrayList<>();

    @AfterEach
    void nothingIsCountedForEver() throws IOException {
        for (Upload upload : uploads) {
            upload.close();
        }
        Awaitility.await("no body in flight").until(() -> bodies.bytes() == 0);
    }

    @Test
    void manyWhoAnnounceMuchAndSendLittleKeepNobodyOut() throws IOException {
        Api api = Api.ofNewOrganization();
        for (int i = 0; i < 300; i++) {
            upload(api.token()).header(8 * MEBIBYTE).send("[" + EVENT);
        }

        api.publish("a");
    }

    @Test
    void whatAnOrganizationHasUnderWayIsBoundedAndItAloneIsToldToWait() throws IOException {
        Api api = Api.ofNewOrganization();
        Upload large = upload(api.token()).header(8 * MEBIBYTE).send("[" + " ".repeat(8 * MEBIBYTE - 20));
        Awaitility.await("it has come").until(() -> bodies.bytes() > 8 * MEBIBYTE - 100);

        Upload another = upload(api.token()).header(MEBIBYTE).send("[" + " ".repeat(MEBIBYTE - 1));

        assertThat(another.answer()).startsWith("HTTP/1.1 429").contains("Retry-After: 1");
        Api.ofNewOrganization().publish("a");

        large.close();
        Awaitility.await("there is room again")
                .until(() -> upload(api.token())
                        .header(2 * MEBIBYTE)
                        .send("[" + EVENT + " ".repeat(2 * MEBIBYTE - EVENT.length() - 2) + "]")
                        .answer()
                        .startsWith("HTTP/1.1 202"));
    }

    @Test
    void whoeverComesWhenThereIsNoRoomIsToldSoAndItsConnectionGoesOn() throws IOException {
        // Of 17 MiB a quarter, 4 KiB for each at least.
        for (int i = 0; i < 1_088; i++) {
            upload(null).header(EVENT.length());
        }
        Awaitility.await("the strangers' part is taken").until(() -> bodies.bytes() == 1_088 * 4_096);

        Upload upload = upload(null).header(EVENT.length()).send(EVENT);
        assertThat(upload.answer()).startsWith("HTTP/1.1 503").contains("Retry-After: ");

        upload.token(Api.ofNewOrganization().token()).header(EVENT.length()).send(EVENT);
        assertThat(upload.answer()).startsWith("HTTP/1.1 202");
    }

    @Test
    void theConnectionOfARefusedBodyGoesOnWithTheNextRequest() throws IOException {
        Upload upload = upload("unknown").header(MEBIBYTE).send(" ".repeat(1_000));

        assertThat(upload.answer()).startsWith("HTTP/1.1 401");

        upload.send(" ".repeat(MEBIBYTE - 1_000));
        upload.token(Api.ofNewOrganization().token()).header(EVENT.length()).send(EVENT);
        assertThat(upload.answer()).startsWith("HTTP/1.1 202");
    }

    @Test
    void aBodyThatDoesNotComeIsWaitedForOnlySoLong() throws IOException {
        Upload upload =
                upload(Api.ofNewOrganization().token()).header(EVENT.length()).send("{");

        assertThat(upload.answer()).startsWith("HTTP/1.1 408");
        assertThat(upload.isClosedByTheServer()).isTrue();
    }

    @Test
    void whoeverHangsUpAtWhateverMomentIsNotCountedForEver() throws IOException {
        String token = Api.ofNewOrganization().token();
        for (int i = 0; i < 300; i++) {
            Upload upload = new Upload(token).header(EVENT.length());
            if (i % 3 == 0) {
                upload.send("{");
            }
            LockSupport.parkNanos(i * 10_000L);
            upload.close();
        }
    }

    @Test
    void aSenderWhoWaitsToBeAskedForTheBodyIsAsked() throws IOException {
        Upload upload = upload(Api.ofNewOrganization().token()).header(EVENT.length(), "Expect: 100-continue");

        assertThat(upload.answer()).startsWith("HTTP/1.1 100");

        upload.send(EVENT);
        assertThat(upload.answer()).startsWith("HTTP/1.1 202");
    }

    @Test
    void aSenderWhoMayNotIsNotAskedForTheBody() throws IOException {
        Upload upload = upload("unknown").header(EVENT.length(), "Expect: 100-continue");

        assertThat(upload.answer()).startsWith("HTTP/1.1 401");
    }

    @Test
    void strangersWithoutEndGetNoMoreReadThanATokenMayNeed() throws IOException {
        Upload array = upload(null).header("Transfer-Encoding: chunked").chunk("[" + " ".repeat(300 * 1024));
        assertThat(array.answer()).startsWith("HTTP/1.1 401");

        Upload object = upload(null).header("Transfer-Encoding: chunked").chunk("{" + " ".repeat(300 * 1024));
        assertThat(object.answer()).startsWith("HTTP/1.1 413");
    }

    @Test
    void aBodyWithoutEndIsReadToTheLargestThereMayBe() throws IOException {
        Upload upload = upload(Api.ofNewOrganization().token()).header("Transfer-Encoding: chunked");
        for (int i = 0; i < 9; i++) {
            upload.chunk(" ".repeat(MEBIBYTE));
        }

        assertThat(upload.answer()).startsWith("HTTP/1.1 413");
    }

    private Upload upload(String token) throws IOException {
        Upload upload = new Upload(token);
        uploads.add(upload);
        return upload;
    }

    /** A request to publish, part by part. */
    private static final class Upload implements AutoCloseable {

        private final Socket socket;
        private final BufferedReader reader;
        private String token;

        Upload(String token) throws IOException {
            this.token = token;
            this.socket = new Socket("localhost", RestAssured.port);
            socket.setSoTimeout(20_000);
            this.reader =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        }

        Upload token(String another) {
            token = another;
            return this;
        }

        Upload header(int length, String... more) throws IOException {
            return header("Content-Length: " + length + "\r\n" + String.join("\r\n", more));
        }

        Upload header(String more) throws IOException {
            String authorization = token == null ? "" : "Authorization: Bearer " + token + "\r\n";
            return send("POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + authorization + more.strip() + "\r\n\r\n");
        }

        Upload chunk(String text) throws IOException {
            return send(Integer.toHexString(text.length()) + "\r\n" + text + "\r\n");
        }

        Upload send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            return this;
        }

        /** The status line and the headers of the next answer, whose body is skipped. */
        String answer() throws IOException {
            StringBuilder head = new StringBuilder();
            int length = 0;
            for (String line = reader.readLine(); line != null && !line.isEmpty(); line = reader.readLine()) {
                head.append(line).append('\n');
                if (line.toLowerCase().startsWith("content-length:")) {
                    length = Integer.parseInt(line.substring(15).strip());
                }
            }
            reader.skip(length);
            return head.toString();
        }

        boolean isClosedByTheServer() throws IOException {
            return reader.read() == -1;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
