package io.playhook.delivery.lane;

/** This pod's part of what a webhook allows to all pods together. */
interface Shares {

    /** Of the requests in flight; may be none. */
    int share(int limit, int webhookId);

    /** Of the requests a second. */
    double share(double rate);
}
