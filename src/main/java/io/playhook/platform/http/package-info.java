/** What resources have in common: lists with their filters, pages and cursors, and versions of what they show. */
package io.playhook.platform.http;
