package io.playhook.delivery;

import java.time.Duration;
import java.util.Optional;

/** How an attempt ended, as far as the delivery is concerned. */
public sealed interface AttemptOutcome {

    /** The word for logs, metrics and the attempt log. */
    String label();

    /** What happened, in words that a subscriber understands; empty if all went well. */
    default Optional<String> reason() {
        return Optional.empty();
    }

    /** The receiver's status, if it answered. */
    default Optional<Integer> statusCode() {
        return Optional.empty();
    }

    /** Whether it says something about the receiver's health, and what. */
    default boolean isFailure() {
        return true;
    }

    /** 2xx within the deadline. */
    record Delivered(int status) implements AttemptOutcome {
        @Override
        public String label() {
            return "delivered";
        }

        @Override
        public Optional<Integer> statusCode() {
            return Optional.of(status);
        }

        @Override
        public boolean isFailure() {
            return false;
        }
    }

    /** 410: the receiver does not want to hear of it again. */
    record Gone() implements AttemptOutcome {
        @Override
        public String label() {
            return "gone";
        }

        @Override
        public Optional<Integer> statusCode() {
            return Optional.of(410);
        }

        @Override
        public Optional<String> reason() {
            return Optional.of("the receiver answered 410 Gone");
        }
    }

    /** Any other status; {@code retryAfter} is what a 429 or 503 asked for. */
    record Rejected(int status, Optional<Duration> retryAfter) implements AttemptOutcome {
        @Override
        public String label() {
            return "rejected";
        }

        @Override
        public Optional<Integer> statusCode() {
            return Optional.of(status);
        }

        @Override
        public Optional<String> reason() {
            String redirect = status / 100 == 3 ? ", a redirect, which is never followed" : "";
            return Optional.of("the receiver answered " + status + redirect);
        }
    }

    /** No complete answer before the deadline. */
    record TimedOut(String why) implements AttemptOutcome {
        @Override
        public String label() {
            return "timed_out";
        }

        @Override
        public Optional<String> reason() {
            return Optional.of(why);
        }
    }

    /** No connection, or one that ended before there was a complete answer: refused, reset, a TLS error. */
    record Unreachable(String why) implements AttemptOutcome {
        @Override
        public String label() {
            return "unreachable";
        }

        @Override
        public Optional<String> reason() {
            return Optional.of(why);
        }
    }

    /** Egress forbids the address; no request was made, and none will be. */
    record Forbidden(String why) implements AttemptOutcome {
        @Override
        public String label() {
            return "forbidden";
        }

        @Override
        public Optional<String> reason() {
            return Optional.of(why);
        }
    }
}
