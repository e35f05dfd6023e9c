package io.playhook.egress;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import jakarta.inject.Singleton;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;

/**
 * Looks up names with the resolver of the Java runtime, which keeps results for 30 s, off the event loop and on threads
 * of its own. All who ask for one host share one look-up, so a name server that hangs costs one thread for each of its
 * hosts, however many deliveries wait for them.
 */
@Singleton
public class HostResolver {

    private final WorkerExecutor threads;
    private final Map<String, Future<List<InetAddress>>> underWay = new ConcurrentHashMap<>();

    public HostResolver(Vertx vertx, EgressConfig config) {
        this.threads = vertx.createSharedWorkerExecutor("playhook-lookup", config.lookupThreads());
    }

    /** All addresses of the target's host; fails with an {@link java.net.UnknownHostException} if there are none. */
    Future<List<InetAddress>> resolve(TargetUrl url) {
        return url.literalAddress()
                .map(address -> Future.succeededFuture(List.of(address)))
                .orElseGet(() -> lookUp(url.host()));
    }

    private Future<List<InetAddress>> lookUp(String host) {
        Future<List<InetAddress>> lookup = underWay.computeIfAbsent(
                host, name -> threads.executeBlocking(() -> List.of(InetAddress.getAllByName(name)), false));
        lookup.onComplete(done -> underWay.remove(host, lookup));
        return lookup;
    }
}
