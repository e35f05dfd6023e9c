package io.playhook.platform.database;

import java.util.logging.Filter;
import java.util.logging.LogRecord;

import io.quarkus.logging.LoggingFilter;

/**
 * Keeps an error out of the log that is none. The pool's timer for "no connection in time" is not stopped where a
 * connection could not be opened: it fires later, finds the request answered, and says so for each of them, while the
 * database is away and the log has better things to tell.
 */
@LoggingFilter(name = "database")
public final class DatabaseLogFilter implements Filter {

    private static final String POOL = "io.vertx.sqlclient.impl.pool.SqlConnectionPool";

    @Override
    public boolean isLoggable(LogRecord record) {
        return !(record.getThrown() instanceof IllegalStateException thrown
                && "Result is already complete".equals(thrown.getMessage())
                && isFromPool(thrown));
    }

    private static boolean isFromPool(Throwable thrown) {
        for (StackTraceElement frame : thrown.getStackTrace()) {
            if (frame.getClassName().startsWith(POOL)) {
                return true;
            }
        }
        return false;
    }
}
