package io.playhook.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A certificate with its key, and the authority that signed it, all made by the runtime's own keytool. (A self-signed
 * certificate that is trusted itself would not do: the runtime accepts such a one even when it has expired.)
 *
 * @param keyStore the server's key and certificate
 * @param pem the certificate of the authority
 */
public record Certificate(Path keyStore, Path pem) {

    public static final String PASSWORD = "changeit";

    /** Makes one; {@code validity} may hold keytool's {@code -startdate} and {@code -validity}. */
    public static Certificate of(Path folder, String host, String... validity) {
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
