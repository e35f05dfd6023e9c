package io.playhook.egress;

public record TargetUrl(java.net.URI uri) {
    public static TargetUrl parse(String t) throws InvalidTargetUrl {
        try {
            return new TargetUrl(new java.net.URI(t));
        } catch (Exception e) {
            throw new InvalidTargetUrl("bad");
        }
    }

    public String toString() {
        return uri.toString();
    }
}
