package io.playhook.egress;

import java.nio.charset.StandardCharsets;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpClientConnection;

/**
 * Keeps requests and answers of an HTTP/1 connection together, where a receiver does its best to part them.
 *
 * <p>What comes after an answer, before there is another request, was asked for by nobody, and would be read as the
 * beginning of the next answer: of another delivery, maybe of another webhook behind the same host. Whole messages of this
 * kind end the connection anyway. Parts of one, such as a body that is longer than its length says, would lie in the
 * decoder and wait; they are made whole here, with empty lines, which alone mean nothing.
 *
 * <p>Interim answers (1xx) are left out: they end no request, but some of them would be taken for final ones.
 */
final class Http1Guard {

    private static final String CODEC = "codec";
    private static final byte[] EMPTY_LINES = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private boolean idle;

    private Http1Guard() {}

    /** Guards a connection that was just opened; does nothing to one that speaks HTTP/2. */
    static void install(HttpConnection connection) {
        if (isHttp1(connection)) {
            ChannelPipeline pipeline = pipeline(connection);
            pipeline.replace(HttpClientCodec.class, CODEC, lenientCodec());
            ChannelHandlerContext codec = pipeline.context(CODEC);
            Http1Guard guard = new Http1Guard();
            pipeline.addBefore(codec.name(), "playhook-bytes", guard.new Bytes());
            pipeline.addAfter(codec.name(), "playhook-answers", guard.new Answers());
        }
    }

    // As lenient as other clients are where nothing is at stake: lines that end with LF alone, and the same length said
    // twice. The connection serves one organization and one host, so there is nobody whose answer could be mixed up.
    private static HttpClientCodec lenientCodec() {
        HttpDecoderConfig config = new HttpDecoderConfig()
                .setMaxInitialLineLength(EgressClient.MAX_HEADER_BYTES)
                .setMaxHeaderSize(EgressClient.MAX_HEADER_BYTES)
                .setStrictLineParsing(false)
                .setAllowDuplicateContentLengths(true);
        return new HttpClientCodec(config, false, false);
    }

    static boolean isHttp1(HttpConnection connection) {
        return pipeline(connection).get(HttpClientCodec.class) != null;
    }

    private static ChannelPipeline pipeline(HttpConnection connection) {
        return ((HttpClientConnection) connection).channelHandlerContext().pipeline();
    }

    /** In front of the decoder. */
    private final class Bytes extends ChannelDuplexHandler {
        @Override
        public void channelRead(ChannelHandlerContext context, Object bytes) {
            context.fireChannelRead(bytes);
            if (idle && context.channel().isActive()) {
                context.fireChannelRead(Unpooled.wrappedBuffer(EMPTY_LINES));
            }
        }

        @Override
        public void write(ChannelHandlerContext context, Object bytes, ChannelPromise promise) {
            idle = false;
            context.write(bytes, promise);
        }
    }

    /** Behind the decoder. */
    private final class Answers extends ChannelInboundHandlerAdapter {
        private boolean interim;

        @Override
        public void channelRead(ChannelHandlerContext context, Object part) {
            if (part instanceof HttpResponse response) {
                HttpResponseStatus status = response.status();
                interim = status.codeClass() == HttpStatusClass.INFORMATIONAL
                        && status.code() != HttpResponseStatus.SWITCHING_PROTOCOLS.code();
            }
            if (interim) {
                ReferenceCountUtil.release(part);
                return;
            }
            if (part instanceof LastHttpContent) {
                idle = true;
            }
            context.fireChannelRead(part);
        }
    }
}
