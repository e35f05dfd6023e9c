/** What can be said of the native image without building it: what it is built from, and what the service asks of it. */
package io.playhook.nativeimage;
