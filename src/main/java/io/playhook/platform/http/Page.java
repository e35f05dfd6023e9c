package io.playhook.platform.http;

import java.util.List;

import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * One page of a list.
 *
 * @param data the items, in the list's order
 * @param next the cursor to pass as {@code after} for the page behind this one; null on the last
 */
@Schema(requiredProperties = {"data", "next"})
public record Page<T>(List<T> data, @Schema(nullable = true) String next) {}
