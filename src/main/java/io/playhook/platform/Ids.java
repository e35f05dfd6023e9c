package io.playhook.platform;

import java.security.SecureRandom;
import java.util.UUID;

import jakarta.inject.Singleton;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochRandomGenerator;

/** Makes UUIDv7 (RFC 9562): ids that sort by the millisecond they were made in. */
@Singleton
public class Ids {

    /** A number as an id in a path, for {@code @Path}: one spelling for each, in ASCII digits, and none for zero. */
    public static final String NUMBER = "[1-9][0-9]{0,9}";

    private final TimeBasedEpochRandomGenerator generator =
            Generators.timeBasedEpochRandomGenerator(new SecureRandom());

    /** A new id; never the same twice, on any pod. */
    public UUID next() {
        return generator.generate();
    }
}
