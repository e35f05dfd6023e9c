package io.playhook.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.awaitility.Awaitility;

/** A server that others run, with a configuration of the test's, in a process of its own. */
public final class RealServer implements AutoCloseable {

    private final Process process;
    private final int port;

    private RealServer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** nginx; {@code server} is what stands in its {@code server} block beside {@code listen}. */
    public static RealServer nginx(Path folder, Certificate certificate, String listen, String server) {
        int port = freePort();
        Path configuration = write(folder.resolve("nginx.conf"), """
                daemon off;
                pid %1$s/nginx.pid;
                error_log %1$s/nginx-error.log;
                events { worker_connections 1024; }
                http {
                    access_log off;
                    client_body_temp_path %1$s;
                    proxy_temp_path %1$s;
                    fastcgi_temp_path %1$s;
                    uwsgi_temp_path %1$s;
                    scgi_temp_path %1$s;
                    server {
                        listen 127.0.0.1:%2$d %3$s;
                        ssl_certificate %4$s;
                        ssl_certificate_key %5$s;
                        %6$s
                    }
                }
                """.formatted(
                        folder, port, listen, certificate.chainPem(), certificate.keyPem(), server));
        return start(port, folder, Tool.installed("nginx").toString(), "-c", configuration.toString());
    }

    /** HAProxy; {@code bind} follows the address, {@code rules} stand in the frontend. */
    public static RealServer haproxy(Path folder, String bind, String rules) {
        int port = freePort();
        Path configuration = write(folder.resolve("haproxy.cfg"), """
                defaults
                    mode http
                    timeout client 5s
                    timeout server 5s
                    timeout connect 5s
                    %s
                frontend all
                    bind 127.0.0.1:%d %s
                    http-request return status 200 content-type text/plain string ok
                """.formatted(rules, port, bind));
        return start(port, folder, Tool.installed("haproxy").toString(), "-f", configuration.toString());
    }

    /** dnsmasq, with settings of the test's, asking nobody unless they say so. */
    public static RealServer dnsmasq(Path folder, String... settings) {
        int port = freePort();
        Path configuration = write(folder.resolve("dnsmasq.conf"), """
                keep-in-foreground
                port=%d
                listen-address=127.0.0.1
                bind-interfaces
                no-resolv
                no-hosts
                no-daemon
                user=root
                pid-file=
                %s
                """.formatted(port, String.join("\n", settings)));
        return start(port, folder, Tool.installed("dnsmasq").toString(), "-C", configuration.toString());
    }

    /** PgBouncer, as it comes but for its mode, in front of a server on this machine. */
    public static RealServer pgbouncer(Path folder, int serverPort, String mode, String role, String password) {
        int port = freePort();
        Path users = write(folder.resolve("users"), "\"%s\" \"%s\"%n".formatted(role, password));
        Path configuration = write(folder.resolve("pgbouncer.ini"), """
                [databases]
                * = host=127.0.0.1 port=%d
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = scram-sha-256
                auth_file = %s
                pool_mode = %s
                max_client_conn = 200
                default_pool_size = 50
                """.formatted(serverPort, port, users, mode));
        // As root it does not run.
        String pgbouncer = Tool.installed("pgbouncer").toString();
        return "root".equals(System.getProperty("user.name"))
                ? start(
                        port,
                        folder,
                        "setpriv",
                        "--reuid=nobody",
                        "--regid=nogroup",
                        "--clear-groups",
                        pgbouncer,
                        configuration.toString())
                : start(port, folder, pgbouncer, configuration.toString());
    }

    public int port() {
        return port;
    }

    private static RealServer start(int port, Path folder, String... command) {
        try {
            Path log = folder.resolve("server.log");
            Process process = new ProcessBuilder(List.of(command))
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            Awaitility.await(command[0] + " listening").until(() -> !process.isAlive() || accepts(port));
            if (!process.isAlive()) {
                throw new IllegalStateException(command[0] + " does not start: " + read(log));
            }
            return new RealServer(process, port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean accepts(int port) {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    private static Path write(Path file, String text) {
        try {
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        // Its workers end with it.
        process.destroy();
    }
}
