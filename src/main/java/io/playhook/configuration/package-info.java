/** How values get from the environment into the service. */
package io.playhook.configuration;
