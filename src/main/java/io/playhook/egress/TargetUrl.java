package io.playhook.egress;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where a webhook's deliveries go. It is parsed once, here, and everything that is sent or checked later is taken from
 * the parts: two parsers that disagree about a URL are how a forbidden address is reached.
 *
 * <p>The host is a DNS name in ASCII, a dotted quad, or an IPv6 address in brackets. All other spellings of an IPv4
 * address (decimal, hexadecimal, octal, short) are refused, as they have no use but to deceive.
 */
public final class TargetUrl {

    private static final int MAX_LENGTH = 2_048;
    private static final int MAX_HOST_LENGTH = 253;
    private static final Pattern DOTTED_QUAD =
            Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.(?!$)|$)){4}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-f:]{2,39}(?:(?<=:)(?:\\d{1,3}\\.){3}\\d{1,3})?");
    private static final Pattern NAME =
            Pattern.compile("(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\\.(?!-)[a-z0-9_-]{1,63}(?<!-))*");
    // What ends in a label that is a number would be read as an IPv4 address by browsers and C libraries.
    private static final Pattern NUMERIC_END = Pattern.compile("(?:.*\\.)?(?:\\d+|0x[0-9a-f]*)");

    private final String text;
    private final boolean https;
    private final String host;
    private final int port;
    private final String requestUri;
    private final InetAddress literalAddress;

    private TargetUrl(String text, URI uri) throws InvalidTargetUrl {
        this.text = text;
        this.https = uri.getScheme().equalsIgnoreCase("https");
        this.host = host(uri);
        this.port = port(uri, https);
        this.requestUri = requestUri(uri);
        this.literalAddress = literal(host);
    }

    /** Parses an absolute http or https URL of at most 2,048 characters. */
    public static TargetUrl parse(String text) throws InvalidTargetUrl {
        if (text.length() > MAX_LENGTH) {
            throw new InvalidTargetUrl("must have at most %d characters".formatted(MAX_LENGTH));
        }
        if (!text.chars().allMatch(c -> c > ' ' && c <= '~')) {
            throw new InvalidTargetUrl("must be made of ASCII characters without spaces: write an international host"
                    + " name in its xn-- form, and percent-encode the rest");
        }
        URI uri = uri(text);
        if (!"http".equalsIgnoreCase(uri.getScheme()) && !"https".equalsIgnoreCase(uri.getScheme())) {
            throw new InvalidTargetUrl("must be an absolute URL that begins with https:// or http://");
        }
        return new TargetUrl(text, uri);
    }

    public boolean isHttps() {
        return https;
    }

    /** The host in lower case: a name without a trailing dot, or an address without brackets. */
    public String host() {
        return host;
    }

    /** The host as it stands in a URL and in {@code Host}: an IPv6 address in brackets. */
    public String hostInUrl() {
        return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    }

    /** The port, also where the URL leaves it to the scheme. */
    public int port() {
        return port;
    }

    /** Path and query as they are sent, percent-encoding untouched. */
    public String requestUri() {
        return requestUri;
    }

    /** The address, where the host is one and not a name. */
    public Optional<InetAddress> literalAddress() {
        return Optional.ofNullable(literalAddress);
    }

    /** The URL as it was given. It may hold secrets in its query: not for logs. */
    @Override
    public String toString() {
        return text;
    }

    private static URI uri(String text) throws InvalidTargetUrl {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new InvalidTargetUrl("is not a valid URL");
        }
    }

    private static String host(URI uri) throws InvalidTargetUrl {
        String authority = uri.getRawAuthority();
        if (authority == null) {
            throw new InvalidTargetUrl("has no host");
        }
        if (authority.indexOf('@') >= 0) {
            throw new InvalidTargetUrl("must not hold a user name or password");
        }
        String host = withoutPort(authority).toLowerCase(Locale.ROOT);
        return host.startsWith("[") ? ipv6(host) : nameOrIpv4(host);
    }

    private static String withoutPort(String authority) {
        int colon = authority.lastIndexOf(':');
        return colon > authority.lastIndexOf(']') ? authority.substring(0, colon) : authority;
    }

    private static String ipv6(String bracketed) throws InvalidTargetUrl {
        String address = bracketed.substring(1, Math.max(1, bracketed.length() - 1));
        if (!bracketed.endsWith("]") || !IPV6.matcher(address).matches() || literal(address) == null) {
            throw new InvalidTargetUrl("has a host that is no IPv6 address");
        }
        return address;
    }

    private static String nameOrIpv4(String given) throws InvalidTargetUrl {
        String host = given.endsWith(".") ? given.substring(0, given.length() - 1) : given;
        if (DOTTED_QUAD.matcher(host).matches()) {
            return host;
        }
        if (NUMERIC_END.matcher(host).matches()) {
            throw new InvalidTargetUrl("has a host that is no name: write an IPv4 address as four decimal numbers");
        }
        if (host.length() > MAX_HOST_LENGTH || !NAME.matcher(host).matches()) {
            throw new InvalidTargetUrl("has no valid host");
        }
        return host;
    }

    private static int port(URI uri, boolean https) throws InvalidTargetUrl {
        String authority = uri.getRawAuthority();
        String port = authority.substring(withoutPort(authority).length());
        if (port.isEmpty()) {
            return https ? 443 : 80;
        }
        if (port.matches(":\\d{1,5}")) {
            int number = Integer.parseInt(port.substring(1));
            if (number >= 1 && number <= 65_535) {
                return number;
            }
        }
        throw new InvalidTargetUrl("has no valid port");
    }

    private static String requestUri(URI uri) {
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
    }

    // InetAddress looks nothing up where it is given an address.
    private static InetAddress literal(String host) {
        try {
            boolean isAddress =
                    host.indexOf(':') >= 0 || DOTTED_QUAD.matcher(host).matches();
            return isAddress ? InetAddress.getByName(host) : null;
        } catch (UnknownHostException e) {
            return null;
        }
    }
}
