package io.playhook.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;

/**
 * A server on bare sockets that does to its client what no HTTP library would. In what it sends, {@code ~} stands for the
 * end of a line. Each connection has a thread of its own, and what the client does to it is counted.
 */
public final class HostileReceiver implements AutoCloseable {

    // Small, so that what the client takes is not hidden in what lies here unsent.
    private static final int SEND_BUFFER = 32 * 1024;
    private static final int BACKLOG = 200;
    private static final int FULL_BACKLOG_TRY_MS = 200;

    private final ServerSocket server;
    private final String scheme;
    private final Behaviour behaviour;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "hostile-receiver");
        thread.setDaemon(true);
        return thread;
    });
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final List<Socket> fillers = new ArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicLong bytesTaken = new AtomicLong();

    /** What it does with a connection; it may throw once the client hangs up. */
    public interface Behaviour {
        void meet(Peer peer) throws IOException, InterruptedException;

        /** Does something with each request, also with those that come on the same connection. */
        static Behaviour onRequest(Behaviour behaviour) {
            return peer -> {
                while (peer.awaitRequest()) {
                    behaviour.meet(peer);
                }
            };
        }

        /** Sends the same to each request. */
        static Behaviour sends(String answer) {
            return onRequest(peer -> peer.send(answer));
        }

        /** Sends the same to each request and closes the connection. */
        static Behaviour sendsAndCloses(String answer) {
            return onRequest(peer -> {
                peer.send(answer);
                peer.close();
            });
        }

        /** Sends a beginning and then, until the client hangs up, the same again and again. */
        static Behaviour keepsSending(String beginning, String rest, long pauseMillis) {
            byte[] again = bytes(rest);
            return onRequest(peer -> {
                peer.send(beginning);
                while (true) {
                    Thread.sleep(pauseMillis);
                    peer.send(again);
                }
            });
        }
    }

    public HostileReceiver(Behaviour behaviour) {
        this("127.0.0.1", behaviour);
    }

    public HostileReceiver(String address, Behaviour behaviour) {
        this(plain(address, 0, BACKLOG), "http", behaviour);
        accept();
    }

    private HostileReceiver(ServerSocket server, String scheme, Behaviour behaviour) {
        this.server = server;
        this.scheme = scheme;
        this.behaviour = behaviour;
    }

    /** One that shows a certificate, and agrees on one of these protocols if any (ALPN). */
    public static HostileReceiver withTls(Certificate certificate, Behaviour behaviour, String... protocols) {
        HostileReceiver receiver = new HostileReceiver(tls(certificate, protocols), "https", behaviour);
        receiver.accept();
        return receiver;
    }

    /** One whose port is open and whose backlog is full: connections to it neither open nor fail. */
    public static HostileReceiver thatNeverAccepts() {
        return thatNeverAccepts("127.0.0.1", 0);
    }

    public static HostileReceiver thatNeverAccepts(String address, int port) {
        HostileReceiver receiver = new HostileReceiver(plain(address, port, 1), "http", peer -> {});
        receiver.fillBacklog();
        return receiver;
    }

    public int port() {
        return server.getLocalPort();
    }

    public String url() {
        // Certificates are made for names.
        String host = scheme.equals("https")
                ? "receiver.test"
                : server.getInetAddress().getHostAddress();
        return "%s://%s:%d/hook".formatted(scheme, host, port());
    }

    /** How many connections were opened to it so far. */
    public int connections() {
        return connections.get();
    }

    /** How many of them are open. */
    public int openConnections() {
        return open.size();
    }

    /** How many requests have come whole. */
    public int requests() {
        return requests.get();
    }

    /** How many bytes its clients' and its own sockets have taken from it. */
    public long bytesTaken() {
        return bytesTaken.get();
    }

    /** One connection, as the server sees it. */
    public final class Peer {
        private final Socket socket;
        private final InputStream in;
        private int requestsHere;

        private Peer(Socket socket) throws IOException {
            this.socket = socket;
            this.in = new BufferedInputStream(socket.getInputStream());
        }

        /** The number of the connection's last request, from 1. */
        public int requestsHere() {
            return requestsHere;
        }

        /** The number of the last request over all connections, from 1. */
        public int requestsEverywhere() {
            return requests.get();
        }

        /** Reads a whole request; false if the client has hung up instead. */
        public boolean awaitRequest() throws IOException {
            int length = awaitHead();
            if (length < 0 || in.readNBytes(length).length < length) {
                return false;
            }
            requestsHere++;
            requests.incrementAndGet();
            return true;
        }

        /** Reads the head of a request and gives the length of its body; -1 if the client has hung up instead. */
        public int awaitHead() throws IOException {
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                int next = socket.isClosed() ? -1 : in.read();
                if (next < 0) {
                    return -1;
                }
                head.write(next);
            }
            return head.toString(StandardCharsets.ISO_8859_1)
                    .toLowerCase(Locale.ROOT)
                    .lines()
                    .filter(line -> line.startsWith("content-length:"))
                    .mapToInt(line -> Integer.parseInt(line.substring(15).strip()))
                    .findFirst()
                    .orElse(0);
        }

        public void send(String text) throws IOException {
            send(bytes(text));
        }

        public void send(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
            bytesTaken.addAndGet(bytes.length);
        }

        public void close() throws IOException {
            socket.close();
        }

        /** Ends the connection with RST in place of FIN. */
        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        /** Reads so many bytes of a body. */
        public void skip(int length) throws IOException {
            in.readNBytes(length);
            requestsHere++;
            requests.incrementAndGet();
        }

        /** Reads so many bytes of whatever comes. */
        public void await(int length) throws IOException {
            in.readNBytes(length);
        }

        /** Reads until the client hangs up. */
        public void awaitEnd() throws IOException {
            in.transferTo(OutputStream.nullOutputStream());
        }
    }

    private void accept() {
        threads.execute(() -> {
            while (!server.isClosed()) {
                try {
                    Socket socket = server.accept();
                    connections.incrementAndGet();
                    open.add(socket);
                    threads.execute(() -> meet(socket));
                } catch (IOException closed) {
                    return;
                }
            }
        });
    }

    private void meet(Socket socket) {
        try (socket) {
            socket.setSendBufferSize(SEND_BUFFER);
            socket.setTcpNoDelay(true);
            behaviour.meet(new Peer(socket));
        } catch (IOException hungUp) {
            // What the client is for.
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(socket);
        }
    }

    private void fillBacklog() {
        try {
            while (true) {
                Socket filler = new Socket();
                fillers.add(filler);
                filler.connect(server.getLocalSocketAddress(), FULL_BACKLOG_TRY_MS);
            }
        } catch (SocketTimeoutException full) {
            // That is what was wanted.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ServerSocket plain(String address, int port, int backlog) {
        try {
            return new ServerSocket(port, backlog, InetAddress.getByName(address));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ServerSocket tls(Certificate certificate, String... protocols) {
        char[] password = Certificate.PASSWORD.toCharArray();
        try (InputStream file = Files.newInputStream(certificate.keyStore())) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(file, password);
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, password);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            SSLServerSocket server =
                    (SSLServerSocket) context.getServerSocketFactory().createServerSocket();
            SSLParameters parameters = server.getSSLParameters();
            parameters.setApplicationProtocols(protocols);
            server.setSSLParameters(parameters);
            server.bind(new InetSocketAddress("127.0.0.1", 0), BACKLOG);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] bytes(String text) {
        return text.replace("~", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() {
        try {
            server.close();
            for (Socket filler : fillers) {
                filler.close();
            }
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            threads.shutdownNow();
        }
    }
}
