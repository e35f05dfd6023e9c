package io.playhook.egress;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

import io.vertx.core.net.SocketAddress;

/**
 * Which of its kept connections the HTTP client may use for a request. The client keeps them apart by the address and
 * port that they were opened to and the host that they were opened for; a label in the place of the address's name
 * divides them further. An address with a label is connected to as it is: no name is ever looked up.
 *
 * <p>Each organization has connections of its own. What a receiver does to a connection can then reach no other's
 * requests.
 */
final class ConnectionPools {

    private static final int HOSTS_AT_MOST = 10_000;

    private final AtomicLong numbers = new AtomicLong();

    /** The number of the pool that a host's requests share, where it is no longer the first. */
    private final Map<Host, Long> current = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Host, Long> eldest) {
            return size() > HOSTS_AT_MOST;
        }
    };

    private record Host(int organizationId, String name, int port) {
        static Host of(EgressRequest request) {
            return new Host(
                    request.organizationId(),
                    request.url().host(),
                    request.url().port());
        }
    }

    /**
     * The connections that a request may use.
     *
     * @param shared whether other requests of the organization to this host use them too
     */
    record Pool(int organizationId, long number, boolean shared) {

        /** Where to connect to; equal for the same address, port and pool, and for nothing else. */
        SocketAddress at(InetAddress address, int port) {
            try {
                String label = "organization-" + organizationId + "-pool-" + number + "-at-" + address.getHostAddress();
                // The address as bytes: a scope or a name that it had is of no meaning here.
                return SocketAddress.inetSocketAddress(
                        new InetSocketAddress(InetAddress.getByAddress(label, address.getAddress()), port));
            } catch (UnknownHostException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** The pool that the organization's requests to this host share. */
    synchronized Pool shared(EgressRequest request) {
        return new Pool(request.organizationId(), current.getOrDefault(Host.of(request), 0L), true);
    }

    /** A pool without a connection, for one request. */
    Pool unshared(EgressRequest request) {
        return new Pool(request.organizationId(), numbers.incrementAndGet(), false);
    }

    /** The pool to share from now on, because a connection of {@code pool} was of no use. */
    synchronized Pool sharedAfter(Pool pool, EgressRequest request) {
        Pool now = shared(request);
        if (now.number() == pool.number()) {
            current.put(Host.of(request), numbers.incrementAndGet());
        }
        return shared(request);
    }
}
