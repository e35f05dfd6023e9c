package io.playhook.webhook;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

import com.fasterxml.jackson.annotation.JsonValue;

/** What can happen to a player: a {@code videofacade} shows one video, a {@code playlist} several. */
public enum EventType {
    VIDEOFACADE_CREATE("videofacade_create"),
    VIDEOFACADE_UPDATE("videofacade_update"),
    VIDEOFACADE_DESTROY("videofacade_destroy"),
    PLAYLIST_CREATE("playlist_create"),
    PLAYLIST_UPDATE("playlist_update"),
    PLAYLIST_DESTROY("playlist_destroy");

    /** All six spellings, for messages. */
    public static final String ALL =
            Arrays.stream(values()).map(EventType::toString).collect(Collectors.joining(", "));

    private final String spelling;

    EventType(String spelling) {
        this.spelling = spelling;
    }

    /** The type that is spelled so in the API and in the database. */
    public static Optional<EventType> of(String spelling) {
        return Arrays.stream(values()).filter(t -> t.spelling.equals(spelling)).findFirst();
    }

    @Override
    @JsonValue
    public String toString() {
        return spelling;
    }
}
