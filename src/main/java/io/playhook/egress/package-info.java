/** The only door to the outside: no other package makes an HTTP client. What leaves is checked at the address it really goes to. */
package io.playhook.egress;
