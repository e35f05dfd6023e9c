package io.playhook.page;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

import jakarta.enterprise.context.ApplicationScoped;

import io.playhook.platform.Ticker;

/** How often each address has shown a token that is not valid, minute by minute. Thread-safe. */
@ApplicationScoped
class WrongTokens {

    private static final long MINUTE = Duration.ofMinutes(1).toNanos();
    private static final int ADDRESSES = 10_000;

    private final Ticker ticker;
    private final PageConfig config;
    private final Map<String, Minute> minutes = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Minute> eldest) {
            return size() > ADDRESSES;
        }
    };

    WrongTokens(Ticker ticker, PageConfig config) {
        this.ticker = ticker;
        this.config = config;
    }

    private record Minute(long began, int count) {}

    /** Whether an address has shown as many as it may. */
    synchronized boolean tooMany(String address) {
        Minute minute = minutes.get(address);
        return minute != null && !isOver(minute) && minute.count() >= config.wrongTokens();
    }

    synchronized void note(String address) {
        minutes.merge(
                address,
                new Minute(ticker.nanos(), 1),
                (before, first) -> isOver(before) ? first : new Minute(before.began(), before.count() + 1));
    }

    private boolean isOver(Minute minute) {
        return ticker.nanos() - minute.began() > MINUTE;
    }
}
