/** What this pod holds: a lane for each webhook that keeps to its limits, and this pod's part of them. */
package io.playhook.delivery.lane;
