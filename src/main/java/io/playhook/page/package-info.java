/**
 * The page for people, at {@code /}: what the API answers, to be looked at. Start at {@link io.playhook.page.Pages}. It stands on the
 * services that the API stands on, and nothing stands on it.
 */
package io.playhook.page;
