package io.playhook.configuration;

import jakarta.annotation.Priority;

import io.smallrye.config.ConfigSourceInterceptor;
import io.smallrye.config.ConfigSourceInterceptorContext;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.Priorities;

/**
 * Takes the values of environment variables as they are. In configuration files <code>${…}</code> stands for another value,
 * and that is meant; an environment variable may hold a password that somebody's generator made, where <code>$$</code> is
 * two characters, and <code>${x</code> is no mistake.
 *
 * <p>Expressions are expanded between the two interceptors here. The inner one hides the dollars of what comes from the
 * environment from them, also where such a value goes into another; the outer one shows them again.
 */
public final class LiteralEnvironment {

    private static final String SOURCE = "EnvConfigSource";

    /** Unicode sets it aside for the inside of programs: no text may hold it. */
    private static final char HIDDEN_DOLLAR = '\uFDD0';

    private LiteralEnvironment() {}

    /** Next to the sources. */
    @Priority(Priorities.LIBRARY)
    public static final class Hiding implements ConfigSourceInterceptor {
        private static final long serialVersionUID = 1;

        @Override
        public ConfigValue getValue(ConfigSourceInterceptorContext context, String name) {
            ConfigValue value = context.proceed(name);
            return value != null && isFromEnvironment(value) ? replaced(value, '$', HIDDEN_DOLLAR) : value;
        }
    }

    /** Around everything that expands. */
    @Priority(Priorities.APPLICATION)
    public static final class Showing implements ConfigSourceInterceptor {
        private static final long serialVersionUID = 1;

        @Override
        public ConfigValue getValue(ConfigSourceInterceptorContext context, String name) {
            ConfigValue value = context.proceed(name);
            return value == null ? null : replaced(value, HIDDEN_DOLLAR, '$');
        }
    }

    private static boolean isFromEnvironment(ConfigValue value) {
        return value.getConfigSourceName() != null
                && value.getConfigSourceName().startsWith(SOURCE);
    }

    private static ConfigValue replaced(ConfigValue value, char from, char to) {
        String text = value.getValue();
        return text == null || text.indexOf(from) < 0 ? value : value.withValue(text.replace(from, to));
    }
}
