package io.playhook.story;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

import io.playhook.testing.HostileReceiver;
import io.playhook.testing.HostileReceiver.Behaviour;

import static io.playhook.testing.HostileReceiver.Behaviour.keepsSending;
import static io.playhook.testing.HostileReceiver.Behaviour.onRequest;
import static io.playhook.testing.HostileReceiver.Behaviour.sends;
import static io.playhook.testing.HostileReceiver.Behaviour.sendsAndCloses;

/** All that a receiver may do to us, and what has to be made of it. */
final class HostileBehaviours {

    private static final String CLOSED_EARLY = "the connection was closed before the answer was complete";
    private static final String NO_HTTP = "the answer is not valid HTTP";
    private static final String TOO_LARGE = "the header of the answer is too large";
    private static final String TOO_MUCH = "the receiver sent more than an answer may hold";
    private static final String WITHIN = " within 1 s";
    private static final String OK = "HTTP/1.1 200 OK~";
    private static final String CHUNKED = OK + "Transfer-Encoding: chunked~~";
    private static final String EMPTY = "Content-Length: 0~~";
    private static final byte[] NOUGHTS = new byte[16 * 1024];

    // 100 MiB of noughts, made by the reference implementation with its widest window.
    private static final byte[] BROTLI_BOMB = Base64.getDecoder()
            .decode("z///f/gnAOKxQCD3/p/////wTwDEYQGA7v0/////4Z8AiMMiAN37f/7//8M/ARCHBQC69//8//+H"
                    + "fwIgDgsAdO//+f//D/8EQBwWAOje/+f//w/+CYA4LADQvf8B");

    private HostileBehaviours() {}

    /** What follows for the delivery. */
    enum Fate {
        DELIVERED,
        RETRIED,
        CANCELED
    }

    /** What becomes of the connection; NONE was ever open. */
    enum Connection {
        NONE,
        CLOSED,
        KEPT
    }

    /** A behaviour, and what it has to lead to; a null status is none. */
    record Hostile(
            String name,
            Supplier<HostileReceiver> receiver,
            String outcome,
            Integer status,
            String reason,
            Fate fate,
            Connection connection,
            byte[] body) {

        private Hostile thatKeeps(byte[] expected) {
            return new Hostile(name, receiver, outcome, status, reason, fate, connection, expected);
        }

        /** Whether the deadline is what ends it. */
        boolean lastsUntilTheDeadline() {
            return reason != null && reason.endsWith(WITHIN);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Hostile> all() {
        return Stream.of(silent(), endless(), large(), malformed(), cut(), statuses(), odd())
                .flatMap(List::stream);
    }

    private static List<Hostile> silent() {
        return List.of(
                new Hostile(
                        "never accepts",
                        HostileReceiver::thatNeverAccepts,
                        "timed_out",
                        null,
                        "no connection" + WITHIN,
                        Fate.RETRIED,
                        Connection.NONE,
                        null),
                noAnswer("accepts and reads nothing", "no answer" + WITHIN, peer -> {
                    Thread.sleep(1_300);
                    peer.awaitEnd();
                }),
                noAnswer("never answers", "no answer" + WITHIN, sends("")),
                noAnswer("stops after 100 Continue", "no answer" + WITHIN, sends("HTTP/1.1 100 Continue~~")),
                noAnswer("stops in the status line", "no answer" + WITHIN, sends("HTTP/1.1 2")),
                noAnswer("stops in the header", "no answer" + WITHIN, sends(OK + "Content-Le")),
                noAnswer("stops after the header", "no end of the answer" + WITHIN, sends(OK + "Content-Length: 9~~")),
                noAnswer("stops in the body", "no end of the answer" + WITHIN, sends(OK + "Content-Length: 9~~half")),
                noAnswer("stops between chunks", "no end of the answer" + WITHIN, sends(CHUNKED + "2~ab~")),
                noAnswer("says no length and stays", "no end of the answer" + WITHIN, sends(OK + "~hello")),
                noAnswer("HTTP/1.0 that stays", "no end of the answer" + WITHIN, sends("HTTP/1.0 200 OK~~hello")),
                noAnswer("answers after the deadline", "no answer" + WITHIN, onRequest(peer -> {
                    Thread.sleep(1_200);
                    peer.send(OK + EMPTY);
                })));
    }

    private static List<Hostile> endless() {
        return List.of(
                noAnswer("drips the header", "no answer" + WITHIN, keepsSending(OK + "X-Slow: ", "x", 250)),
                noAnswer("drips headers", "no answer" + WITHIN, keepsSending(OK, "X-Slow: x~", 250)),
                noAnswer("drips empty lines", "no answer" + WITHIN, keepsSending("", "~", 50)),
                noAnswer(
                        "drips the body",
                        "no end of the answer" + WITHIN,
                        keepsSending(OK + "Content-Length: 100000~~", "x", 50)),
                noAnswer("drips chunks", "no end of the answer" + WITHIN, keepsSending(CHUNKED, "1~x~", 50)),
                noAnswer("drips a chunk's size", "no end of the answer" + WITHIN, keepsSending(CHUNKED, "0", 250)),
                noAnswer("drips trailers", "no end of the answer" + WITHIN, keepsSending(CHUNKED + "0~", "X: x~", 50)),
                noAnswer("floods with 100 Continue", TOO_MUCH, flood("HTTP/1.1 100 Continue~~")),
                noAnswer("floods with 103 Early Hints", TOO_MUCH, flood("HTTP/1.1 103 Early Hints~Link: </a>~~")),
                // Which of two limits it meets first depends on how much is read at a time; either is a reason.
                noAnswer("floods with empty lines", "", flood("~")));
    }

    private static List<Hostile> large() {
        byte[] gzipBomb = gzip(50 * 1024 * 1024);
        byte[] emptyMembers = repeated(gzip(0), 64 * 1024 / 20);
        byte[] kept = new byte[4 * 1024];
        return List.of(
                delivered("sends 1 GiB", 200, Connection.CLOSED, gibibyte(OK + "Content-Length: 1073741824~~", ""))
                        .thatKeeps(kept),
                delivered("sends 1 GiB in chunks", 200, Connection.CLOSED, gibibyte(CHUNKED, "4000~"))
                        .thatKeeps(kept),
                delivered("sends 1 GiB without a length", 200, Connection.CLOSED, gibibyte(OK + "~", ""))
                        .thatKeeps(kept),
                rejected("sends 1 GiB with a 500", 500, Connection.CLOSED, gibibyte("HTTP/1.1 500 No~~", ""))
                        .thatKeeps(kept),
                delivered("gzip bomb", 200, Connection.KEPT, encoded("gzip", gzipBomb))
                        .thatKeeps(kept),
                delivered("gzip bomb that never ends", 200, Connection.CLOSED, encoded("gzip", repeated(gzipBomb, 3)))
                        .thatKeeps(kept),
                delivered("gzip of empty members", 200, Connection.KEPT, encoded("gzip", emptyMembers)),
                delivered("gzip that is none", 200, Connection.KEPT, encoded("gzip", NOUGHTS))
                        .thatKeeps(kept),
                delivered("brotli bomb", 200, Connection.KEPT, encoded("br", BROTLI_BOMB))
                        .thatKeeps(BROTLI_BOMB),
                noAnswer("header of 1 MiB", TOO_LARGE, sends(OK + "X: " + "x".repeat(1 << 20) + "~~")),
                noAnswer("10,000 headers", TOO_LARGE, sends(OK + "X-Many: x~".repeat(10_000) + EMPTY)),
                noAnswer("endless header", TOO_LARGE, keepsSending(OK + "X: ", "x".repeat(1024), 0)),
                noAnswer("endless status line", TOO_LARGE, keepsSending("HTTP/1.1 200 ", "x".repeat(1024), 0)),
                noAnswer("endless trailers", TOO_LARGE, keepsSending(CHUNKED + "0~", "X: x~".repeat(100), 0)),
                noAnswer("endless chunk extension", TOO_LARGE, keepsSending(CHUNKED + "1;", "x".repeat(1024), 0)));
    }

    private static List<Hostile> malformed() {
        return List.of(
                noAnswer("speaks SSH", NO_HTTP, sends("SSH-2.0-OpenSSH_9.2~~")),
                noAnswer("chunk size that is no number", NO_HTTP, sends(CHUNKED + "zz~ab~0~~")),
                noAnswer("negative chunk size", NO_HTTP, sends(CHUNKED + "-5~ab~0~~")),
                noAnswer("chunk size over all bounds", NO_HTTP, sends(CHUNKED + "f".repeat(32) + "~ab~0~~")),
                noAnswer("empty chunk size", NO_HTTP, sends(CHUNKED + "~ab~0~~")),
                noAnswer("huge chunk, then stops", "no end of the answer" + WITHIN, sends(CHUNKED + "7fffffff~ab")),
                noAnswer("chunk without its end", NO_HTTP, sends(CHUNKED + "2~abcd~0~~")),
                noAnswer("negative length", NO_HTTP, sends(OK + "Content-Length: -1~~")),
                noAnswer("length that is no number", NO_HTTP, sends(OK + "Content-Length: ten~~")),
                noAnswer("two lengths", NO_HTTP, sends(OK + "Content-Length: 1~Content-Length: 2~~ab")),
                noAnswer("header without a name", NO_HTTP, sends(OK + ": x~" + EMPTY)),
                noAnswer("header with a NUL", NO_HTTP, sends(OK + "X: a\0b~" + EMPTY)),
                noAnswer("status that is no number", NO_HTTP, sends("HTTP/1.1 2OO OK~" + EMPTY)),
                noAnswer("negative status", NO_HTTP, sends("HTTP/1.1 -200 OK~" + EMPTY)),
                noAnswer("status 000", "the status 0,", sends("HTTP/1.1 000 OK~" + EMPTY)),
                noAnswer("status 99", "the status 99,", sends("HTTP/1.1 99 OK~" + EMPTY)),
                noAnswer("status 1000", "the status 1000,", sends("HTTP/1.1 1000 OK~" + EMPTY)),
                noAnswer("status 99999", "the status 99999,", sends("HTTP/1.1 99999 OK~" + EMPTY)));
    }

    private static List<Hostile> cut() {
        return List.of(
                noAnswer("closes at once", CLOSED_EARLY, peer -> {}),
                noAnswer("closes without an answer", CLOSED_EARLY, sendsAndCloses("")),
                noAnswer("closes in the header", CLOSED_EARLY, sendsAndCloses(OK + "Content-")),
                noAnswer("closes in the body", CLOSED_EARLY, sendsAndCloses(OK + "Content-Length: 9~~half")),
                noAnswer("closes in a chunk", CLOSED_EARLY, sendsAndCloses(CHUNKED + "5~ab")),
                noAnswer("closes before the last chunk", CLOSED_EARLY, sendsAndCloses(CHUNKED + "2~ab~")),
                noAnswer("resets without an answer", "the connection was", onRequest(HostileReceiver.Peer::reset)),
                noAnswer("resets in the body", "the connection was", onRequest(peer -> {
                    peer.send(OK + "Content-Length: 9~~half");
                    Thread.sleep(100);
                    peer.reset();
                })));
    }

    private static List<Hostile> statuses() {
        return List.of(
                delivered("204", 204, Connection.KEPT, sends("HTTP/1.1 204 No Content~~")),
                delivered("204 with a body", 204, Connection.CLOSED, sends("HTTP/1.1 204 No Content~~x")),
                delivered("205", 205, Connection.KEPT, sends("HTTP/1.1 205 Reset Content~" + EMPTY)),
                delivered("299", 299, Connection.KEPT, sends("HTTP/1.1 299 ~" + EMPTY)),
                rejected("304", 304, Connection.KEPT, sends("HTTP/1.1 304 Not Modified~~")),
                rejected("300", 300, Connection.KEPT, sends("HTTP/1.1 300 Multiple Choices~" + EMPTY)),
                rejected("400", 400, Connection.KEPT, sends("HTTP/1.1 400 Bad Request~" + EMPTY)),
                rejected("500", 500, Connection.KEPT, sends("HTTP/1.1 500 No~" + EMPTY)),
                rejected("999", 999, Connection.KEPT, sends("HTTP/1.1 999 Denied~" + EMPTY)),
                noAnswer("101 unasked", "the status 101,", sends("HTTP/1.1 101 Switching Protocols~Upgrade: x~~")),
                noAnswer("stops after 102", "no answer" + WITHIN, sends("HTTP/1.1 102 Processing~~")),
                delivered("102 first", 200, Connection.KEPT, sends("HTTP/1.1 102 Processing~~" + OK + EMPTY)),
                new Hostile(
                        "410",
                        plain(sends("HTTP/1.1 410 Gone~" + EMPTY)),
                        "gone",
                        410,
                        "410 Gone",
                        Fate.CANCELED,
                        Connection.KEPT,
                        null));
    }

    private static List<Hostile> odd() {
        return List.of(
                delivered("HTTP/1.0 with close", 200, Connection.CLOSED, sendsAndCloses("HTTP/1.0 200 OK~~hello"))
                        .thatKeeps("hello".getBytes(StandardCharsets.US_ASCII)),
                delivered("Connection: close", 200, Connection.CLOSED, sends(OK + "Connection: close~" + EMPTY)),
                delivered("100 Continue first", 200, Connection.KEPT, sends("HTTP/1.1 100 Continue~~" + OK + EMPTY)),
                delivered("two answers", 200, Connection.CLOSED, sends((OK + EMPTY).repeat(2))),
                delivered("an answer and half another", 200, Connection.CLOSED, sends(OK + EMPTY + OK + "X: y")),
                delivered("an answer and empty lines", 200, Connection.KEPT, sends(OK + EMPTY + "~~~")),
                delivered("a body longer than its length", 200, Connection.CLOSED, sends(OK + "Content-Length: 1~~abc"))
                        .thatKeeps(new byte[] {'a'}),
                delivered("an answer and garbage", 200, Connection.CLOSED, sends(OK + EMPTY + "garbage")),
                delivered("answers before the body was read", 200, Connection.KEPT, peer -> {
                    for (int length = peer.awaitHead(); length >= 0; length = peer.awaitHead()) {
                        peer.send(OK + EMPTY);
                        peer.skip(length);
                    }
                }),
                delivered("answers before the body was read and closes", 200, Connection.CLOSED, peer -> {
                    peer.awaitHead();
                    peer.send(OK + "Connection: close~" + EMPTY);
                    peer.awaitEnd();
                }));
    }

    private static Hostile noAnswer(String name, String reason, Behaviour behaviour) {
        String outcome = reason.endsWith(WITHIN) ? "timed_out" : "unreachable";
        return new Hostile(name, plain(behaviour), outcome, null, reason, Fate.RETRIED, Connection.CLOSED, null);
    }

    private static Hostile rejected(String name, int status, Connection connection, Behaviour behaviour) {
        String reason = "the receiver answered " + status;
        return new Hostile(name, plain(behaviour), "rejected", status, reason, Fate.RETRIED, connection, null);
    }

    private static Hostile delivered(String name, int status, Connection connection, Behaviour behaviour) {
        return new Hostile(name, plain(behaviour), "delivered", status, null, Fate.DELIVERED, connection, null);
    }

    private static Supplier<HostileReceiver> plain(Behaviour behaviour) {
        return () -> new HostileReceiver(behaviour);
    }

    private static Behaviour flood(String text) {
        return keepsSending("", text.repeat(100), 0);
    }

    private static Behaviour gibibyte(String head, String beforeEach) {
        return onRequest(peer -> {
            peer.send(head);
            for (int i = 0; i < 1024 * 1024 * 1024 / NOUGHTS.length; i++) {
                peer.send(beforeEach);
                peer.send(NOUGHTS);
                if (!beforeEach.isEmpty()) {
                    peer.send("~");
                }
            }
        });
    }

    private static Behaviour encoded(String encoding, byte[] body) {
        return onRequest(peer -> {
            peer.send(OK + "Content-Encoding: " + encoding + "~Content-Length: " + body.length + "~~");
            peer.send(body);
        });
    }

    private static byte[] gzip(int noughts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            for (int left = noughts; left > 0; left -= NOUGHTS.length) {
                gzip.write(NOUGHTS);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static byte[] repeated(byte[] bytes, int times) {
        byte[] all = Arrays.copyOf(bytes, bytes.length * times);
        for (int i = 1; i < times; i++) {
            System.arraycopy(bytes, 0, all, i * bytes.length, bytes.length);
        }
        return all;
    }
}
