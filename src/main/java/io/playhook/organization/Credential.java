package io.playhook.organization;

/**
 * Who shows a token.
 *
 * @param caller as this pod last heard of it
 * @param token what is kept of the token
 * @param isChecked whether the database was asked after the token was shown. If not, it may have been revoked, or have
 *     expired: whoever acts for the caller has it checked by the act itself, or {@link Authentication#check asks}.
 */
public record Credential(Caller caller, TokenHash token, boolean isChecked) {}
