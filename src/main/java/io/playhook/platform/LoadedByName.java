package io.playhook.platform;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import io.quarkus.runtime.annotations.RegisterForReflection;
import org.postgresql.ssl.DefaultJavaSSLFactory;
import org.postgresql.ssl.LibPQFactory;

/**
 * Classes that a library loads by a name that our configuration gives it, which the native image can't see: {@code
 * quarkus.jackson.property-naming-strategy}, and how the JDBC driver checks a server's certificate.
 */
@RegisterForReflection(
        targets = {PropertyNamingStrategies.SnakeCaseStrategy.class, DefaultJavaSSLFactory.class, LibPQFactory.class})
final class LoadedByName {

    private LoadedByName() {}
}
