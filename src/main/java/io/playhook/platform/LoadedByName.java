package io.playhook.platform;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * Classes that a library loads by a name that our configuration gives it, which the native image can't see: {@code
 * quarkus.jackson.property-naming-strategy}.
 */
@RegisterForReflection(targets = PropertyNamingStrategies.SnakeCaseStrategy.class)
final class LoadedByName {

    private LoadedByName() {}
}
