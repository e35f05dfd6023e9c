package io.playhook;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.smallrye.config.ConfigMapping;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

/** The shape of the code, as its package-info tells it. */
class ArchitectureTest {

    private static final JavaClasses CODE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.playhook");

    @Test
    void packagesFormNoCycle() {
        slices().matching("io.playhook.(**)").should().beFreeOfCycles().check(CODE);
    }

    @Test
    void importsGoInOneDirection() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("observability")
                .definedBy("io.playhook.observability..")
                .layer("page")
                .definedBy("io.playhook.page..")
                .layer("dev")
                .definedBy("io.playhook.dev..")
                .layer("client")
                .definedBy("io.playhook.client..")
                .layer("sample")
                .definedBy("io.playhook.sample..")
                .layer("history")
                .definedBy("io.playhook.history..")
                .layer("replay")
                .definedBy("io.playhook.replay..")
                .layer("stream")
                .definedBy("io.playhook.stream..")
                .layer("erasure")
                .definedBy("io.playhook.erasure..")
                .layer("stats")
                .definedBy("io.playhook.stats..")
                .layer("retention")
                .definedBy("io.playhook.retention..")
                .layer("event")
                .definedBy("io.playhook.event..")
                .layer("delivery")
                .definedBy("io.playhook.delivery")
                .layer("worker")
                .definedBy("io.playhook.delivery.worker")
                .layer("lane")
                .definedBy("io.playhook.delivery.lane")
                .layer("queue")
                .definedBy("io.playhook.delivery.queue")
                .layer("request")
                .definedBy("io.playhook.delivery.request")
                .layer("circuit")
                .definedBy("io.playhook.delivery.circuit")
                .layer("webhook")
                .definedBy("io.playhook.webhook..")
                .layer("egress")
                .definedBy("io.playhook.egress..")
                .layer("organization")
                .definedBy("io.playhook.organization..")
                .layer("platform")
                .definedBy("io.playhook.platform..")
                .whereLayer("observability")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("page")
                .mayOnlyBeAccessedByLayers("dev")
                .whereLayer("dev")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("sample")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("history")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("replay")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("stream")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("erasure")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("stats")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("retention")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("client")
                .mayOnlyBeAccessedByLayers("dev")
                .whereLayer("event")
                .mayOnlyBeAccessedByLayers("sample", "history", "replay", "observability", "dev")
                .whereLayer("worker")
                .mayOnlyBeAccessedByLayers("event")
                .whereLayer("lane")
                .mayOnlyBeAccessedByLayers("worker")
                .whereLayer("queue")
                .mayOnlyBeAccessedByLayers("worker", "lane", "event", "history", "erasure")
                .whereLayer("request")
                .mayOnlyBeAccessedByLayers("worker", "lane", "sample")
                .whereLayer("circuit")
                .mayOnlyBeAccessedByLayers("worker", "lane")
                .whereLayer("delivery")
                .mayOnlyBeAccessedByLayers(
                        "worker",
                        "lane",
                        "queue",
                        "request",
                        "circuit",
                        "event",
                        "sample",
                        "history",
                        "replay",
                        "stats",
                        "stream",
                        "observability",
                        "dev")
                .whereLayer("webhook")
                .mayOnlyBeAccessedByLayers(
                        "delivery",
                        "worker",
                        "lane",
                        "queue",
                        "request",
                        "circuit",
                        "event",
                        "sample",
                        "history",
                        "replay",
                        "stats",
                        "stream",
                        "erasure",
                        "page",
                        "observability",
                        "dev")
                .whereLayer("egress")
                .mayOnlyBeAccessedByLayers("webhook", "request")
                .check(CODE);
    }

    @Test
    void theLowestPackagesKnowNoOther() {
        noClasses()
                .that(resideInAnyPackage("io.playhook.platform..", "io.playhook.egress..", "io.playhook.client.."))
                .should()
                .dependOnClassesThat(resideInAPackage("io.playhook..")
                        .and(not(resideInAnyPackage(
                                "io.playhook.platform..", "io.playhook.egress..", "io.playhook.client.."))))
                .check(CODE);
    }

    @Test
    void onlyEgressMakesAnHttpClientToTheOutside() {
        noClasses()
                .that(not(resideInAPackage("io.playhook.egress..")))
                .should()
                .dependOnClassesThat()
                .haveNameMatching(
                        "(io\\.vertx\\.core\\.http\\.HttpClient.*|io\\.vertx\\.ext\\.web\\.client\\..*|java\\.net\\.http\\.HttpClient.*|java\\.net\\.URLConnection|java\\.net\\.HttpURLConnection)")
                .check(CODE);
        noClasses()
                .that(not(resideInAnyPackage("io.playhook.dev..", "io.playhook.client..")))
                .should()
                .dependOnClassesThat()
                .haveNameMatching(
                        "io\\.quarkus\\.rest\\.client\\.reactive\\..*|org\\.eclipse\\.microprofile\\.rest\\.client\\..*")
                .check(CODE);
    }

    @Test
    void onlyRepositoriesQueuesAndStoresSpeakSql() {
        noClasses()
                .that()
                .haveNameNotMatching(
                        "io\\.playhook\\.(platform\\.database\\..*|.*Repository|.*Queue|.*DueWebhooks|.*Store|.*Columns|.*\\.Circuits|.*\\.WebhookChanges)")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("io.vertx.mutiny.sqlclient.Tuple")
                .check(CODE);
    }

    /** Whoever maps the whole of it has to name every value of all others: one that it does not know would end the start. */
    @Test
    void noMappingClaimsAllOfTheConfiguration() {
        for (JavaClass type : CODE) {
            type.tryGetAnnotationOfType(ConfigMapping.class)
                    .ifPresent(mapping -> assertThat(mapping.prefix()).startsWith("playhook."));
        }
    }

    @Test
    void nobodyTakesTheTimeFromTheAir() {
        for (Class<?> type :
                new Class<?>[] {Instant.class, OffsetDateTime.class, ZonedDateTime.class, LocalDateTime.class}) {
            noClasses().should().callMethod(type, "now").check(CODE);
        }
        noClasses().should().callMethod(System.class, "currentTimeMillis").check(CODE);
    }

    @Test
    void noClassHasANameThatSaysNothing() {
        noClasses().should().haveSimpleNameEndingWith("Impl").check(CODE);
        noClasses().should().haveSimpleNameEndingWith("Util").check(CODE);
        noClasses().should().haveSimpleNameEndingWith("Utils").check(CODE);
        noClasses().should().haveSimpleNameEndingWith("Helper").check(CODE);
        noClasses().should().haveSimpleNameEndingWith("Manager").check(CODE);
    }
}
