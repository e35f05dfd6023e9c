package io.playhook.webhook;

import java.util.Locale;

import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Converter;

/** Spells a status in the database as the API does. */
@Converter
public class WebhookStatusConverter implements AttributeConverter<WebhookStatus, String> {

    @Override
    public String convertToDatabaseColumn(WebhookStatus status) {
        return status.toString();
    }

    @Override
    public WebhookStatus convertToEntityAttribute(String spelling) {
        return WebhookStatus.valueOf(spelling.toUpperCase(Locale.ROOT));
    }
}
