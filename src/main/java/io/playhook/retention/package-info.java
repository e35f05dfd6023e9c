/**
 * How long things are kept: the partitions of {@code events}, {@code deliveries} and {@code attempts}, made ahead and dropped
 * when nothing in them is kept any more. The work is done in the database, by functions of its migrations; a pod says when.
 */
package io.playhook.retention;
