/** What tests share: a database, a receiver, a clock that moves, and the API from outside. */
package io.playhook.testing;
