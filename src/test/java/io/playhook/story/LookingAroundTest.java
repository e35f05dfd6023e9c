package io.playhook.story;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;
import io.playhook.testing.Receiver;

import static org.assertj.core.api.Assertions.assertThat;

/** Whoever looks around, however much, keeps nobody from publishing. */
@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class LookingAroundTest {

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Test
    void listsThatAreHeldUpLeaveConnectionsToThosePublishing() {
        Api curious = Api.ofNewOrganization();
        Api publisher = Api.ofNewOrganization();
        try (Receiver receiver = new Receiver()) {
            publisher.register(receiver.url());
            List<CompletableFuture<Integer>> lists = new ArrayList<>();
            Deliveries.whileLocked("lock table circuit_changes in access exclusive mode", () -> {
                int webhook = curious.register(receiver.url());
                for (int i = 0; i < 40; i++) {
                    lists.add(get(curious, "/v1/webhooks/" + webhook + "/circuit"));
                }
                for (int i = 0; i < 20; i++) {
                    publisher.publish("p");
                }
                receiver.await(20);
                assertThat(lists).noneMatch(CompletableFuture::isDone);
            });
            // Who has waited for too long is told so.
            assertThat(lists.stream().map(CompletableFuture::join))
                    .contains(200)
                    .allMatch(status -> status == 200 || status == 503);
        }
    }

    private CompletableFuture<Integer> get(Api api, String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + path))
                .header("Authorization", "Bearer " + api.token())
                .build();
        return client.sendAsync(request, HttpResponse.BodyHandlers.discarding()).thenApply(HttpResponse::statusCode);
    }
}
