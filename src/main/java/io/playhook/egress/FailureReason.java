package io.playhook.egress;

import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import javax.net.ssl.SSLException;

import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Exception.HeaderListSizeException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.resolver.dns.DnsNameResolverException;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.StreamResetException;

/** Says what went wrong on the way to a receiver in words that its operator understands. */
final class FailureReason {

    static final String HEADER_TOO_LARGE = "the header of the answer is too large";

    /** From the most telling to the most general: the first that some cause matches is the reason. */
    private static final Map<Predicate<Throwable>, String> REASONS = new LinkedHashMap<>();

    static {
        reason("no name server of the host answered", DnsNameResolverException.class::isInstance);
        reason("the host name does not resolve", UnknownHostException.class::isInstance);
        reason("the certificate has expired", CertificateExpiredException.class::isInstance);
        reason("the certificate is not valid yet", CertificateNotYetValidException.class::isInstance);
        reason("the certificate is not trusted", CertPathBuilderException.class::isInstance);
        reason("the certificate is not valid for the host", CertificateException.class::isInstance);
        reason("the receiver does not speak TLS", NotSslRecordException.class::isInstance);
        reason(HEADER_TOO_LARGE, TooLongHttpHeaderException.class::isInstance);
        reason(HEADER_TOO_LARGE, TooLongHttpLineException.class::isInstance);
        reason(HEADER_TOO_LARGE, HeaderListSizeException.class::isInstance);
        reason("the receiver sent more than an answer may hold", InboundBudget.Exceeded.class::isInstance);
        reason("the TLS handshake failed", SSLException.class::isInstance);
        reason("the connection could not be opened in time", ConnectTimeoutException.class::isInstance);
        reason("there is no route to the host", NoRouteToHostException.class::isInstance);
        reason("the connection was refused", says("refused"));
        reason("the network of the host can't be reached", says("unreachable"));
        reason("the connection was reset", StreamResetException.class::isInstance);
        reason("the connection was reset", says("reset"));
        reason("the connection was closed before the answer was complete", HttpClosedException.class::isInstance);
        reason("the connection was closed before the answer was complete", says("closed"));
        reason("the answer is in a version of HTTP that was not asked for", says("unsupported http version"));
        reason("the answer is not valid HTTP", Http2Exception.class::isInstance);
        reason("the answer is not valid HTTP", DecoderException.class::isInstance);
        reason("the answer is not valid HTTP", IllegalArgumentException.class::isInstance);
        reason("the answer is not valid HTTP", NumberFormatException.class::isInstance);
    }

    private FailureReason() {}

    static String of(Throwable failure) {
        return REASONS.entrySet().stream()
                .filter(entry -> anyCause(failure, entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("the request failed");
    }

    private static boolean anyCause(Throwable failure, Predicate<Throwable> test) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (test.test(cause)) {
                return true;
            }
        }
        return false;
    }

    private static Predicate<Throwable> says(String word) {
        return cause ->
                cause.getMessage() != null && cause.getMessage().toLowerCase().contains(word);
    }

    private static void reason(String words, Predicate<Throwable> test) {
        REASONS.put(test, words);
    }
}
