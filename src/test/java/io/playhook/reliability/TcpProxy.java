package io.playhook.reliability;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;

/** Stands between the service and its database, and does to the connections what networks do. */
final class TcpProxy implements AutoCloseable {

    private final Vertx vertx = Vertx.vertx();
    private final int target;
    private final NetServer server;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();

    /** The two halves of a connection. */
    private record Link(NetSocket client, NetSocket server) {

        void pause() {
            client.pause();
            server.pause();
        }

        void close() {
            client.close();
            server.close();
        }
    }

    TcpProxy(int target) {
        this.target = target;
        server = vertx.createNetServer()
                .connectHandler(this::connect)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    int port() {
        return server.actualPort();
    }

    /** What the server says does not arrive any more; then each connection that is open now is cut. */
    void cut(long answersLostForMillis) throws InterruptedException {
        Set<Link> now = Set.copyOf(links);
        now.forEach(link -> link.server().pause());
        Thread.sleep(answersLostForMillis);
        now.forEach(Link::close);
    }

    /** Of the connections that are open now, none moves a byte any more, or closes. New ones work. */
    void hang() {
        links.forEach(Link::pause);
    }

    private void connect(NetSocket client) {
        client.pause();
        vertx.createNetClient()
                .connect(target, "127.0.0.1")
                .onFailure(refused -> client.close())
                .onSuccess(to -> {
                    Link link = new Link(client, to);
                    links.add(link);
                    client.handler(to::write).closeHandler(v -> close(link)).exceptionHandler(e -> close(link));
                    to.handler(client::write).closeHandler(v -> close(link)).exceptionHandler(e -> close(link));
                    client.resume();
                });
    }

    private void close(Link link) {
        links.remove(link);
        link.close();
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
