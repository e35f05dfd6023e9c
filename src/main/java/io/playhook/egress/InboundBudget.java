package io.playhook.egress;

import java.util.concurrent.atomic.AtomicLong;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.util.AttributeKey;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpClientConnection;

/**
 * How many more bytes a receiver may send on one connection. Each request adds what an answer may hold, framing and all;
 * what goes beyond ends the connection. The limits on header and body do not see frames that belong to no answer (HTTP/2
 * settings and pings) nor interim answers: with them a receiver could keep an event loop busy up to the deadline.
 */
final class InboundBudget extends ChannelInboundHandlerAdapter {

    private static final String NAME = "playhook-budget";

    // The pipeline of a connection that has ended is empty; its channel's attributes stay.
    private static final AttributeKey<InboundBudget> KEY = AttributeKey.valueOf(NAME);

    // 64 KiB of body in chunks of one byte each take six times as much.
    private static final long PER_REQUEST = 512 * 1024;
    private static final long MOST = 8 * PER_REQUEST;

    // Settings, which come unasked.
    private static final long AT_FIRST = 64 * 1024;

    private final AtomicLong left = new AtomicLong(AT_FIRST);
    private final AtomicLong requests = new AtomicLong();
    private volatile boolean silent;

    /** A receiver sent more than its answers may hold. */
    static final class Exceeded extends Exception {
        private Exceeded() {
            super("inbound budget exceeded", null, false, false);
        }
    }

    /** Sets a budget for a connection that was just opened. */
    static void install(HttpConnection connection) {
        ChannelHandlerContext handler = ((HttpClientConnection) connection).channelHandlerContext();
        ChannelHandlerContext codec = handler.pipeline().context(HttpClientCodec.class);
        InboundBudget budget = new InboundBudget();
        handler.channel().attr(KEY).set(budget);
        handler.pipeline().addBefore((codec == null ? handler : codec).name(), NAME, budget);
    }

    /** Adds what one more request allows; gives how many requests this connection has had with it. */
    static long grant(HttpConnection connection) {
        InboundBudget budget = of(connection);
        budget.left.updateAndGet(bytes -> Math.min(MOST, bytes + PER_REQUEST));
        budget.silent = true;
        return budget.requests.incrementAndGet();
    }

    /** Whether nothing has come since the last request; of meaning where requests come one by one, over HTTP/1. */
    static boolean isSilent(HttpConnection connection) {
        return of(connection).silent;
    }

    private static InboundBudget of(HttpConnection connection) {
        return ((HttpClientConnection) connection)
                .channelHandlerContext()
                .channel()
                .attr(KEY)
                .get();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
        silent = false;
        int length = bytes instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
        if (left.addAndGet(-length) >= 0) {
            context.fireChannelRead(bytes);
        } else {
            ((ByteBuf) bytes).release();
            if (context.channel().isActive()) {
                context.fireExceptionCaught(new Exceeded());
                context.close();
            }
        }
    }
}
