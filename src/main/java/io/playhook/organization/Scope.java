package io.playhook.organization;

import java.util.Arrays;
import java.util.Optional;

/** What an auth token may be used for. */
public enum Scope {
    WEBHOOKS_READ("webhooks:read"),
    WEBHOOKS_WRITE("webhooks:write"),
    EVENTS_READ("events:read"),
    EVENTS_WRITE("events:write");

    private final String spelling;

    Scope(String spelling) {
        this.spelling = spelling;
    }

    /** The scope that is spelled so in the API and in the database. */
    public static Optional<Scope> of(String spelling) {
        return Arrays.stream(values()).filter(s -> s.spelling.equals(spelling)).findFirst();
    }

    @Override
    public String toString() {
        return spelling;
    }
}
