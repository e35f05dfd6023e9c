package io.playhook.page;

/** Where there is one, nobody has to sign in: whoever comes looks as one organization. For a demo. */
public interface OpenDoor {

    /** The auth token with which they look. */
    String token();

    /** The path to which a button posts that publishes an event. */
    String publishPath();
}
