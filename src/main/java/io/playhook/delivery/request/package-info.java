/** One attempt: the request that a receiver gets, signed, and what its answer means. */
package io.playhook.delivery.request;
