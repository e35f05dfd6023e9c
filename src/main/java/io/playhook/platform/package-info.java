/** What every feature needs and none owns: time, ids; and in rooms of their own lists, problems, JSON, bodies, keys, the database. */
package io.playhook.platform;
