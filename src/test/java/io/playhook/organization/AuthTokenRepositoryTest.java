package io.playhook.organization;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

import jakarta.inject.Inject;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Tuple;
import org.junit.jupiter.api.Test;

import io.playhook.testing.Api;
import io.playhook.testing.Deliveries;
import io.playhook.testing.PlayhookDatabase;

import static org.assertj.core.api.Assertions.assertThat;

@QuarkusTest
@QuarkusTestResource(PlayhookDatabase.class)
class AuthTokenRepositoryTest {

    @Inject
    AuthTokenRepository tokens;

    @Test
    void tokensThatAreLookedUpTogetherStandForTheirOwnOrganizations() {
        Api one = Api.ofNewOrganization();
        Api another = Api.ofNewOrganization();
        Api revoked = Api.ofNewOrganization();
        Deliveries.query(
                "update auth_tokens set revoked_at = now() where organization_id = $1",
                Tuple.of(revoked.organizationId()));
        List<CompletableFuture<Optional<Caller>>> found = new ArrayList<>();

        Deliveries.whileLocked("lock table auth_tokens in access exclusive mode", () -> {
            for (int i = 0; i < 8; i++) {
                for (String token : List.of(one.token(), "unknown", another.token(), revoked.token())) {
                    found.add(tokens.findCaller(TokenHash.of(token)).subscribeAsCompletionStage());
                }
            }
        });

        for (int i = 0; i < found.size(); i += 4) {
            assertThat(organization(found.get(i))).contains(one.organizationId());
            assertThat(organization(found.get(i + 1))).isEmpty();
            assertThat(organization(found.get(i + 2))).contains(another.organizationId());
            assertThat(organization(found.get(i + 3))).isEmpty();
        }
    }

    private static Optional<Integer> organization(CompletableFuture<Optional<Caller>> caller) {
        return caller.join().map(Caller::organizationId);
    }
}
