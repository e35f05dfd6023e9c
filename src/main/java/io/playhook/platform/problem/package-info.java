/** What a request is answered that can't be served: RFC 9457 problems. */
package io.playhook.platform.problem;
