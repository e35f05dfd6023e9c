package io.playhook.delivery;

/** Hears of every attempt after it is recorded. Must not block, and must not throw. */
public interface DeliveryListener {

    /** An attempt was made, and it and what follows from it are in the database. */
    void attempted(CompletedAttempt completed);
}
