/** The keys that the service keeps secrets with. */
package io.playhook.platform.secret;
