package io.playhook.webhook;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.fasterxml.jackson.core.JsonToken;

import io.playhook.platform.json.FieldErrors;
import io.playhook.platform.json.RawArray;
import io.playhook.platform.json.RawObject;
import io.playhook.platform.json.RawObject.RawValue;
import io.playhook.webhook.Settings.Format;

/** Reads a settings object: checks the keys that mean something, and lets all others pass. */
final class SettingsReader {

    private static final int MAX_HEADERS = 20;
    private static final int MAX_HEADER_VALUE = 1024;
    private static final int MAX_RETRIES = 15;
    private static final Duration MAX_RETRY_DELAY = Duration.ofDays(7);

    /** All delays together, each with its 10 % of jitter, end before an event is deleted (30 d). */
    private static final Duration MAX_RETRY_TIME = Duration.ofDays(27);

    private static final Pattern DELAY = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    private final RawObject settings;
    private final FieldErrors errors;

    private SettingsReader(RawObject settings, FieldErrors errors) {
        this.settings = settings;
        this.errors = errors;
    }

    /** Reads settings that were checked before. */
    static Settings read(String json) {
        return json == null ? Settings.DEFAULT : read(RawObject.parse(json), new FieldErrors());
    }

    /** Reads settings and notes what is wrong with them; what is returned then is of no use. */
    static Settings read(RawObject settings, FieldErrors errors) {
        return new SettingsReader(settings, errors).read();
    }

    private Settings read() {
        errors.optionalString(settings, "description");
        String securityKeyHeader = securityKeyHeader();
        return new Settings(
                headers(securityKeyHeader),
                bool("send_security_key", true),
                securityKeyHeader,
                integer("timeout_ms", 1_000, 30_000).stream()
                        .mapToObj(Duration::ofMillis)
                        .findFirst(),
                integer("max_concurrency", 1, 100).orElse(Settings.DEFAULT_MAX_CONCURRENCY),
                rateLimit(),
                retrySchedule(),
                oneOf("ordering", Set.of("none", "player")).equals(Optional.of("player")),
                Duration.ofMillis(integer("coalesce_ms", 0, 3_600_000).orElse(0)),
                PlayerFilter.read(settings, errors),
                oneOf("format", Set.of("standard", "cloudevents")).equals(Optional.of("cloudevents"))
                        ? Format.CLOUDEVENTS
                        : Format.STANDARD);
    }

    private String securityKeyHeader() {
        Optional<String> name = errors.optionalString(settings, "security_key_header");
        name.flatMap(HeaderRules::objectionToName).ifPresent(why -> errors.add("security_key_header", why));
        return name.orElse(Settings.DEFAULT_SECURITY_KEY_HEADER);
    }

    private Map<String, String> headers(String securityKeyHeader) {
        Optional<RawObject> object = object("headers");
        if (object.isEmpty()) {
            return Map.of();
        }
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        FieldErrors inHeaders = new FieldErrors();
        object.get().values().forEach((name, value) -> addHeader(headers, name, value, securityKeyHeader, inHeaders));
        errors.addAll("headers", inHeaders);
        if (object.get().values().size() > MAX_HEADERS) {
            errors.add("headers", "must have at most %d headers".formatted(MAX_HEADERS));
        }
        return headers;
    }

    private static void addHeader(
            Map<String, String> headers, String name, RawValue value, String securityKeyHeader, FieldErrors errors) {
        Optional<String> objection = HeaderRules.objectionToName(name);
        if (objection.isPresent()) {
            errors.add(name, objection.get());
        } else if (name.equalsIgnoreCase(securityKeyHeader)) {
            errors.add(name, "is the header of the security key");
        } else if (value.string() == null || !HeaderRules.isValue(value.string(), MAX_HEADER_VALUE)) {
            errors.add(name, "must be a string of at most %d printable ASCII characters".formatted(MAX_HEADER_VALUE));
        } else if (headers.put(name, value.string()) != null) {
            errors.add(name, "stands there twice");
        }
    }

    private OptionalDouble rateLimit() {
        Optional<RawValue> value = settings.value("rate_limit");
        if (value.isEmpty()) {
            return OptionalDouble.empty();
        }
        double rate =
                value.get().token().isNumeric() ? Double.parseDouble(value.get().json()) : 0;
        if (rate <= 0 || rate > 100_000) {
            errors.add("rate_limit", "must be a number of requests a second, more than 0 and at most 100000");
        }
        return OptionalDouble.of(rate);
    }

    private Optional<List<Duration>> retrySchedule() {
        Optional<RawValue> value = settings.value("retry_schedule");
        if (value.isEmpty()) {
            return Optional.empty();
        }
        if (value.get().token() != JsonToken.START_ARRAY) {
            errors.add("retry_schedule", "must be an array of delays such as [\"0s\", \"5s\", \"5m\"]");
            return Optional.empty();
        }
        List<Duration> delays = new ArrayList<>();
        RawArray array = RawArray.parse(value.get().json());
        array.forEach((index, element) -> delay(element.string())
                .ifPresentOrElse(
                        delays::add,
                        () -> errors.add(
                                "retry_schedule[%d]".formatted(index),
                                "must be a delay such as \"5s\", \"30m\" or \"24h\", of at most 7d")));
        if (delays.stream().reduce(Duration.ZERO, Duration::plus).compareTo(MAX_RETRY_TIME) > 0) {
            errors.add(
                    "retry_schedule",
                    "must come to at most %dd in all: what is to be sent is not kept for ever"
                            .formatted(MAX_RETRY_TIME.toDays()));
        }
        if (array.elements().size() > MAX_RETRIES) {
            errors.add("retry_schedule", "must have at most %d delays".formatted(MAX_RETRIES));
        }
        return Optional.of(List.copyOf(delays));
    }

    private static Optional<Duration> delay(String text) {
        Matcher matcher = DELAY.matcher(text == null ? "" : text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long amount = Long.parseLong(matcher.group(1));
        Duration delay =
                switch (matcher.group(2)) {
                    case "ms" -> Duration.ofMillis(amount);
                    case "s" -> Duration.ofSeconds(amount);
                    case "m" -> Duration.ofMinutes(amount);
                    case "h" -> Duration.ofHours(amount);
                    default -> Duration.ofDays(amount);
                };
        return Optional.of(delay).filter(d -> d.compareTo(MAX_RETRY_DELAY) <= 0);
    }

    private Optional<RawObject> object(String key) {
        Optional<RawValue> value = settings.value(key);
        if (value.isPresent() && value.get().token() != JsonToken.START_OBJECT) {
            errors.add(key, "must be an object");
            return Optional.empty();
        }
        return value.map(v -> RawObject.parse(v.json()));
    }

    private boolean bool(String key, boolean byDefault) {
        Optional<RawValue> value = settings.value(key);
        if (value.isPresent() && !value.get().token().isBoolean()) {
            errors.add(key, "must be true or false");
        }
        return value.map(v -> v.token() == JsonToken.VALUE_TRUE).orElse(byDefault);
    }

    private OptionalInt integer(String key, int least, int most) {
        Optional<RawValue> value = settings.value(key);
        if (value.isEmpty()) {
            return OptionalInt.empty();
        }
        try {
            int number = Integer.parseInt(value.get().json());
            if (number >= least && number <= most) {
                return OptionalInt.of(number);
            }
        } catch (NumberFormatException notAnInteger) {
            // falls through to the same answer
        }
        errors.add(key, "must be an integer from %d to %d".formatted(least, most));
        return OptionalInt.empty();
    }

    private Optional<String> oneOf(String key, Set<String> values) {
        Optional<String> value = errors.optionalString(settings, key);
        if (value.isPresent() && !values.contains(value.get())) {
            errors.add(
                    key,
                    "must be one of "
                            + String.join(", ", values.stream().sorted().toList()));
        }
        return value;
    }
}
