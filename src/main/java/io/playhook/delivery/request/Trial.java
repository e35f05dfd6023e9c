package io.playhook.delivery.request;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import io.vertx.core.MultiMap;

import io.playhook.delivery.Attempt;
import io.playhook.egress.EgressRequest;
import io.playhook.egress.EgressResult;
import io.playhook.egress.TargetUrl;
import io.playhook.webhook.WebhookTarget;

/**
 * An attempt that somebody wants to see: what was sent, and what came back. The webhook's security key is masked.
 *
 * @param headers of the request, as they are sent with HTTP/1.1
 * @param body of the request
 * @param answer empty if there was no complete one
 */
public record Trial(String url, Map<String, String> headers, String body, Attempt attempt, Optional<Answer> answer) {

    /**
     * What the receiver answered.
     *
     * @param body the first 4 KiB of it, as text
     */
    public record Answer(int status, Map<String, String> headers, String body) {}

    static Trial of(WebhookTarget target, EgressRequest request, EgressResult result, Attempt attempt) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        headers.set("Host", authority(target.url()));
        request.headers().accept(headers);
        headers.set("Content-Length", Integer.toString(request.body().length()));
        if (target.settings().sendSecurityKey()) {
            headers.set(target.settings().securityKeyHeader(), KeyMask.MASK);
        }
        return new Trial(
                target.url().toString(),
                toMap(headers, target),
                request.body().toString(StandardCharsets.UTF_8),
                attempt,
                result instanceof EgressResult.Response response
                        ? Optional.of(answer(response, target))
                        : Optional.empty());
    }

    private static Answer answer(EgressResult.Response response, WebhookTarget target) {
        return new Answer(
                response.status(),
                toMap(response.headers(), target),
                new String(KeyMask.mask(response.bodyExcerpt(), target), StandardCharsets.UTF_8));
    }

    private static Map<String, String> toMap(MultiMap headers, WebhookTarget target) {
        Map<String, String> map = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.forEach(
                (name, value) -> map.merge(name, KeyMask.mask(value, target), (one, next) -> one + ", " + next));
        return map;
    }

    private static String authority(TargetUrl url) {
        boolean isUsual = url.port() == (url.isHttps() ? 443 : 80);
        return isUsual ? url.hostInUrl() : url.hostInUrl() + ":" + url.port();
    }
}
