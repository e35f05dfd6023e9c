/** What every feature needs and none owns: time, ids, JSON reading, problems, pages, database access. */
package io.playhook.platform;
