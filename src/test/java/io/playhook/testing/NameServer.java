package io.playhook.testing;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.dns.DatagramDnsQuery;
import io.netty.handler.codec.dns.DatagramDnsQueryDecoder;
import io.netty.handler.codec.dns.DatagramDnsResponse;
import io.netty.handler.codec.dns.DatagramDnsResponseEncoder;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DefaultDnsRawRecord;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;
import io.netty.util.concurrent.DefaultThreadFactory;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

/** The name server of all tests, on loopback: it knows what the tests tell it. One for the whole run. */
public final class NameServer {

    /** What the server does instead of answering. */
    public enum Mood {
        ANSWERS,
        SAYS_NOTHING,
        FAILS
    }

    private static final List<String> ALWAYS = List.of(
            "127.0.0.1 localhost",
            "127.0.0.1 receiver.test",
            "127.0.0.3 forbidden.test",
            "127.0.0.1 both.test",
            "127.0.0.2 both.test");

    public static final NameServer SHARED = new NameServer();

    private final AtomicInteger questions = new AtomicInteger();
    private final Channel channel;
    private volatile Map<String, List<InetAddress>> addresses;
    private volatile Mood mood;

    private NameServer() {
        reset();
        channel = new Bootstrap()
                .group(new NioEventLoopGroup(1, new DefaultThreadFactory("name-server", true)))
                .channel(NioDatagramChannel.class)
                .handler(new ChannelInitializer<NioDatagramChannel>() {
                    @Override
                    protected void initChannel(NioDatagramChannel channel) {
                        channel.pipeline()
                                .addLast(
                                        new DatagramDnsQueryDecoder(), new DatagramDnsResponseEncoder(), new Answers());
                    }
                })
                .bind("127.0.0.1", 0)
                .syncUninterruptibly()
                .channel();
    }

    /** Where it listens, address and port. */
    public String address() {
        return "127.0.0.1:" + ((InetSocketAddress) channel.localAddress()).getPort();
    }

    /** Sets what it knows beside the names that it always knows: lines with an address and a name. */
    public void set(Collection<String> lines) {
        addresses = Stream.concat(ALWAYS.stream(), lines.stream())
                .map(line -> line.split(" "))
                .collect(groupingBy(line -> line[1], mapping(line -> address(line[0]), toList())));
    }

    public void set(String... lines) {
        set(List.of(lines));
    }

    /** What it does from now on with names that do not begin with "healthy". */
    public void be(Mood mood) {
        this.mood = mood;
    }

    /** How often it was asked for the IPv4 addresses of a name that it knows. */
    public int questions() {
        return questions.get();
    }

    /** It knows the names that it always knows, and answers. */
    public void reset() {
        set();
        mood = Mood.ANSWERS;
    }

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private final class Answers extends SimpleChannelInboundHandler<DatagramDnsQuery> {

        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramDnsQuery query) {
            DnsQuestion question = query.recordAt(DnsSection.QUESTION);
            String name = question.name().toLowerCase(Locale.ROOT).replaceAll("\\.$", "");
            if (question.type().equals(DnsRecordType.A) && addresses.containsKey(name)) {
                questions.incrementAndGet();
            }
            Mood now = name.startsWith("healthy") ? Mood.ANSWERS : mood;
            if (now != Mood.SAYS_NOTHING) {
                DatagramDnsResponse answer = new DatagramDnsResponse(query.recipient(), query.sender(), query.id());
                answer.setAuthoritativeAnswer(true);
                answer.addRecord(DnsSection.QUESTION, new DefaultDnsQuestion(question.name(), question.type()));
                List<InetAddress> known = addresses.getOrDefault(name, List.of());
                if (now == Mood.FAILS) {
                    answer.setCode(DnsResponseCode.SERVFAIL);
                } else if (known.isEmpty()) {
                    answer.setCode(DnsResponseCode.NXDOMAIN);
                }
                if (answer.code().equals(DnsResponseCode.NOERROR)) {
                    known.stream()
                            .map(InetAddress::getAddress)
                            .filter(bytes -> question.type().equals(type(bytes)))
                            .forEach(bytes -> answer.addRecord(
                                    DnsSection.ANSWER,
                                    new DefaultDnsRawRecord(
                                            question.name(), type(bytes), 0, Unpooled.wrappedBuffer(bytes))));
                }
                context.writeAndFlush(answer);
            }
        }

        private static DnsRecordType type(byte[] address) {
            return address.length == 4 ? DnsRecordType.A : DnsRecordType.AAAA;
        }
    }
}
