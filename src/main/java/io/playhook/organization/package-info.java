/** Who is calling: organizations, their auth tokens and scopes, and the admin API that makes them. */
package io.playhook.organization;
