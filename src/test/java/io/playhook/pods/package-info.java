/** What holds only where the service runs as several processes, is killed, or loses its database. */
package io.playhook.pods;
