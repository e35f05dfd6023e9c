package io.playhook.egress;

/** A URL that can't be a webhook's target; the message says why, to the one who sent it. */
public final class InvalidTargetUrl extends Exception {

    InvalidTargetUrl(String message) {
        super(message, null, false, false);
    }
}
