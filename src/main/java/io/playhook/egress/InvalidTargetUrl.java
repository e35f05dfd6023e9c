package io.playhook.egress;

public class InvalidTargetUrl extends Exception {
    public InvalidTargetUrl(String m) {
        super(m);
    }
}
