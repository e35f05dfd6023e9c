package io.playhook.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A certificate with its key, and the authority that signed it, all made by the runtime's own keytool. (A self-signed
 * certificate that is trusted itself would not do: the runtime accepts such a one even when it has expired.)
 *
 * @param keyStore the server's key and certificate
 * @param pem the certificate of the authority
 */
public record Certificate(Path keyStore, Path pem) {

    public static final String PASSWORD = "changeit";

    // Each takes seven calls of keytool, a second each.
    private static final Map<List<String>, Certificate> MADE = new HashMap<>();

    /** One for a host; {@code validity} may hold keytool's {@code -startdate} and {@code -validity}. */
    public static synchronized Certificate of(String host, String... validity) {
        List<String> wanted =
                Stream.concat(Stream.of(host), Stream.of(validity)).toList();
        return MADE.computeIfAbsent(wanted, missing -> make(host, validity));
    }

    private static Certificate make(String host, String... validity) {
        Path folder;
        try {
            folder = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "certificate-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Path keyStore = folder.resolve(host + ".p12");
        Path request = folder.resolve(host + ".csr");
        Path signed = folder.resolve(host + ".crt");
        Path authority = folder.resolve("authority-of-" + host + ".pem");
        keytool(keyStore, "-genkeypair", "-alias", "ca", "-keyalg", "EC", "-dname", "CN=Authority", "-ext", "bc:c");
        keytool(keyStore, "-exportcert", "-rfc", "-alias", "ca", "-file", authority.toString());
        keytool(keyStore, "-genkeypair", "-alias", "server", "-keyalg", "EC", "-dname", "CN=" + host);
        keytool(keyStore, "-certreq", "-alias", "server", "-file", request.toString());
        List<String> sign = new ArrayList<>(List.of(
                "-gencert",
                "-alias",
                "ca",
                "-infile",
                request.toString(),
                "-outfile",
                signed.toString(),
                "-ext",
                "san=dns:" + host));
        sign.addAll(List.of(validity));
        keytool(keyStore, sign.toArray(String[]::new));
        keytool(keyStore, "-importcert", "-noprompt", "-alias", "server", "-file", signed.toString());
        // What is left is the server's key alone, so that there is no doubt which one the server shows.
        keytool(keyStore, "-delete", "-alias", "ca");
        return new Certificate(keyStore, authority);
    }

    /** The server's key as other programs read it: PKCS #8 in PEM. */
    public Path keyPem() {
        return pem(
                "key",
                store -> List.of(new Pem(
                        "PRIVATE KEY",
                        store.getKey("server", PASSWORD.toCharArray()).getEncoded())));
    }

    /** The server's certificate, and that of the authority after it, in PEM. */
    public Path chainPem() {
        return pem("chain", store -> {
            List<Pem> chain = new ArrayList<>();
            for (java.security.cert.Certificate each : store.getCertificateChain("server")) {
                chain.add(new Pem("CERTIFICATE", each.getEncoded()));
            }
            return chain;
        });
    }

    private record Pem(String type, byte[] der) {
        String text() {
            String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
            return "-----BEGIN %1$s-----%n%2$s%n-----END %1$s-----%n".formatted(type, base64);
        }
    }

    private interface Parts {
        List<Pem> of(KeyStore store) throws GeneralSecurityException;
    }

    private Path pem(String name, Parts parts) {
        Path file = keyStore.resolveSibling(keyStore.getFileName() + "." + name + ".pem");
        try (InputStream in = Files.newInputStream(keyStore)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, PASSWORD.toCharArray());
            StringBuilder text = new StringBuilder();
            parts.of(store).forEach(part -> text.append(part.text()));
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void keytool(Path keyStore, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storetype", "PKCS12", "-keystore", keyStore.toString(), "-storepass", PASSWORD));
        try {
            Path log = Files.createTempFile("keytool", ".log");
            int exit = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start()
                    .waitFor();
            if (exit != 0) {
                throw new IllegalStateException(Files.readString(log));
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
