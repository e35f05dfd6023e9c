/** What every feature needs and none owns: time, ids, pages; and in rooms of their own problems, JSON, bodies, the database. */
package io.playhook.platform;
