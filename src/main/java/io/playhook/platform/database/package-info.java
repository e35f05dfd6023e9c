/** Access to PostgreSQL: connections, what its faults mean, statements in batches. */
package io.playhook.platform.database;
