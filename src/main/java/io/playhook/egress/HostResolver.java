package io.playhook.egress;

import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;

import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.resolver.dns.DnsErrorCauseException;
import io.netty.resolver.dns.DnsNameResolverException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;

import io.playhook.platform.Ticker;

/**
 * Where the hosts of receivers are, and whether egress may go there. An answer is kept for ten seconds and judged once;
 * all who ask for a host meanwhile share it, or the question that is on its way. No thread waits for a name server, so one
 * that is slow delays its own names and nobody else's.
 *
 * <p>While name servers say nothing about a host, the answer that they gave last stands for a while (RFC 8767): a receiver
 * is not down because its name server is.
 */
@Singleton
public class HostResolver {

    private static final Duration KEPT = Duration.ofSeconds(10);
    private static final Duration FAILURE_KEPT = Duration.ofSeconds(2);

    /** How long the last answer stands before name servers that said nothing are asked again, which delays deliveries. */
    private static final Duration STALE_KEPT = Duration.ofSeconds(30);

    /** Longer, and an address may be somebody else's by then. */
    private static final Duration STALE_AT_MOST = Duration.ofMinutes(10);

    private static final int HOSTS_AT_MOST = 10_000;

    private final AddressPolicy policy;
    private final Ticker ticker;
    private final NameServers nameServers;

    /** The least recently used go first. */
    private final Map<String, LookUp> lookUps = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, LookUp> eldest) {
            return size() > HOSTS_AT_MOST;
        }
    };

    public HostResolver(AddressPolicy policy, EgressConfig config, Vertx vertx, Ticker ticker) {
        this.policy = policy;
        this.ticker = ticker;
        this.nameServers = new NameServers(vertx, config.nameServers().orElse(List.of()));
    }

    /**
     * What a name stands for.
     *
     * @param addresses all of them, at least one
     * @param objection why nothing may be sent there, in words; one address that is forbidden forbids all
     */
    record Addresses(List<InetAddress> addresses, Optional<String> objection) {}

    /**
     * The addresses of the target's host; fails with an {@link java.net.UnknownHostException} if there are none. What is
     * known already is there at once; else it comes on any thread.
     */
    Future<Addresses> resolve(TargetUrl url) {
        LookUp fresh;
        synchronized (lookUps) {
            LookUp known = lookUps.get(url.host());
            if (known != null && known.stands()) {
                return known.answer.future();
            }
            fresh = new LookUp(known == null ? null : known.latest);
            lookUps.put(url.host(), fresh);
        }
        url.literalAddress()
                .map(address -> Future.succeededFuture(List.of(address)))
                .orElseGet(() -> ask(url.host()))
                .onComplete(fresh::answered, fresh::failed);
        return fresh.answer.future();
    }

    @PreDestroy
    void close() {
        nameServers.close();
    }

    // UDP loses packets, and no answer is all that is seen of it.
    private Future<List<InetAddress>> ask(String host) {
        return nameServers
                .resolve(host)
                .recover(fault -> isAnswer(fault) ? Future.failedFuture(fault) : nameServers.resolve(host));
    }

    /** Whether a name server has said that there is no such host, and not merely failed to say anything. */
    private static boolean isAnswer(Throwable fault) {
        for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
            if (cause instanceof DnsNameResolverException
                    || cause instanceof DnsErrorCauseException error
                            && !error.getCode().equals(DnsResponseCode.NXDOMAIN)) {
                return false;
            }
        }
        return true;
    }

    private record Dated(Addresses addresses, long at) {}

    private final class LookUp {
        private final Promise<Addresses> answer = Promise.promise();

        /** The latest answer with addresses, of this look-up or one before it; null if there was none. */
        private volatile Dated latest;

        private volatile long endedAt;
        private volatile Duration kept;

        LookUp(Dated latest) {
            this.latest = latest;
        }

        boolean stands() {
            return kept == null || !isPast(kept, endedAt);
        }

        void answered(List<InetAddress> addresses) {
            Optional<String> objection = addresses.stream()
                    .flatMap(address -> policy.objection(address).stream())
                    .findFirst();
            latest = new Dated(new Addresses(addresses, objection), ticker.nanos());
            end(KEPT);
            answer.complete(latest.addresses());
        }

        void failed(Throwable fault) {
            if (isAnswer(fault) || latest != null && isPast(STALE_AT_MOST, latest.at())) {
                latest = null;
            }
            if (latest == null) {
                end(FAILURE_KEPT);
                answer.fail(fault);
            } else {
                end(STALE_KEPT);
                answer.complete(latest.addresses());
            }
        }

        private void end(Duration kept) {
            endedAt = ticker.nanos();
            this.kept = kept;
        }
    }

    private boolean isPast(Duration span, long since) {
        return ticker.nanos() - since >= span.toNanos();
    }
}
