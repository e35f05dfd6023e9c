package io.playhook.organization;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

import jakarta.enterprise.context.ApplicationScoped;

/** Who stood for which token when this pod last asked: those that were shown last. Thread-safe. */
@ApplicationScoped
class KnownCallers {

    private static final int AT_MOST = 10_000;

    private final Map<TokenHash, Caller> callers = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<TokenHash, Caller> eldest) {
            return size() > AT_MOST;
        }
    };

    synchronized Optional<Caller> find(TokenHash token) {
        return Optional.ofNullable(callers.get(token));
    }

    /** Takes note of what the database has said: empty if the token stands for nobody any more. */
    synchronized void heard(TokenHash token, Optional<Caller> caller) {
        caller.ifPresentOrElse(known -> callers.put(token, known), () -> callers.remove(token));
    }
}
