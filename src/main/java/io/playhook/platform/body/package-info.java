/** Takes in the bodies of requests: no more at once than there is memory for, whoever sends them. */
package io.playhook.platform.body;
