package io.playhook.webhook;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

import com.fasterxml.jackson.annotation.JsonValue;

/**
 * What can happen, to a player (a {@code videofacade} shows one video, a {@code playlist} several), or to another webhook of the
 * organization: the last four, which are called operational.
 */
public enum EventType {
    VIDEOFACADE_CREATE("videofacade_create"),
    VIDEOFACADE_UPDATE("videofacade_update"),
    VIDEOFACADE_DESTROY("videofacade_destroy"),
    PLAYLIST_CREATE("playlist_create"),
    PLAYLIST_UPDATE("playlist_update"),
    PLAYLIST_DESTROY("playlist_destroy"),
    WEBHOOK_DISABLED("webhook_disabled"),
    CIRCUIT_OPENED("circuit_opened"),
    CIRCUIT_CLOSED("circuit_closed"),
    DELIVERY_FAILED("delivery_failed");

    /** All spellings, for messages. */
    public static final String ALL = spellings(type -> true);

    /** Of those that can be published. */
    public static final String OF_PLAYERS = spellings(type -> !type.isOperational());

    private final String spelling;

    EventType(String spelling) {
        this.spelling = spelling;
    }

    /** The type that is spelled so in the API and in the database. */
    public static Optional<EventType> of(String spelling) {
        return Arrays.stream(values()).filter(t -> t.spelling.equals(spelling)).findFirst();
    }

    /** Whether a type, as it is spelled, tells of a webhook; not so for null. */
    public static boolean isOperational(String spelling) {
        return of(spelling).filter(EventType::isOperational).isPresent();
    }

    /** Whether it tells of a webhook. */
    public boolean isOperational() {
        return compareTo(WEBHOOK_DISABLED) >= 0;
    }

    private static String spellings(Predicate<EventType> which) {
        return Arrays.stream(values()).filter(which).map(EventType::toString).collect(Collectors.joining(", "));
    }

    @Override
    @JsonValue
    public String toString() {
        return spelling;
    }
}
