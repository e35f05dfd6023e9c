package io.playhook.platform.database;

import java.io.IOException;
import java.net.ConnectException;
import java.util.Set;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.vertx.core.VertxException;
import io.vertx.core.impl.NoStackTraceThrowable;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import org.hibernate.StaleStateException;

/** What kind of fault of the database an exception is. */
public final class DatabaseFault {

    /**
     * SQLSTATEs that say "not now": 57P0x shutdown or start-up, 53xxx out of connections, memory or disk, 25006 a standby,
     * 57014 and 25P03 a statement or a transaction that took too long; 28xxx and 3D000 that we may not connect, which an
     * operator can mend without us.
     */
    private static final Set<String> NOT_NOW = Set.of(
            "57P01", "57P02", "57P03", "53000", "53100", "53200", "53300", "25006", "57014", "25P03", "28000", "28P01",
            "3D000");

    /** Serialization failure and deadlock: the server rolled back, and the same again is likely to work. */
    private static final Set<String> ROLLED_BACK = Set.of("40001", "40P01");

    /** The server ended the connection, perhaps after it committed. */
    private static final Set<String> TERMINATED = Set.of("57P01", "57P02", "25P03");

    private DatabaseFault() {}

    /** Whether the database can't be reached or can't take anything at the moment. */
    public static boolean isUnavailable(Throwable fault) {
        for (Throwable cause = fault; cause != null; cause = next(cause)) {
            if (cause instanceof PgException pg && NOT_NOW.contains(pg.getSqlState())
                    || cause instanceof ClosedConnectionException
                    || cause instanceof IOException && !(cause instanceof JsonProcessingException)
                    || isClosed(cause)
                    || isPoolTimeout(cause)
                    || isFailedHandshake(cause)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether the connection was lost after a statement was sent and before its answer came: it may have been committed or
     * not, or be under way still.
     */
    public static boolean isAnswerLost(Throwable fault) {
        for (Throwable cause = fault; cause != null; cause = next(cause)) {
            if (cause instanceof PgException pg && TERMINATED.contains(pg.getSqlState())
                    || cause instanceof ClosedConnectionException
                    || isClosed(cause)
                    || cause instanceof IOException
                            && !(cause instanceof JsonProcessingException)
                            && !(cause instanceof ConnectException)) {
                return true;
            }
        }
        return false;
    }

    /** What became of a connection that was lost before anything could be sent on it. */
    static ConnectException notConnected(Throwable fault) {
        ConnectException notConnected =
                new ConnectException("The database closed a new connection: " + fault.getMessage());
        // Not as its cause, which would be taken for what happened.
        notConnected.addSuppressed(fault);
        return notConnected;
    }

    /**
     * Whether nothing was changed and the same may be done once more at once: the server rolled back, or another
     * transaction has changed the row that an entity was read from.
     */
    public static boolean isRolledBack(Throwable fault) {
        for (Throwable cause = fault; cause != null; cause = next(cause)) {
            if (cause instanceof PgException pg && ROLLED_BACK.contains(pg.getSqlState())
                    || cause instanceof StaleStateException) {
                return true;
            }
        }
        return false;
    }

    // The pool has no exception type of its own for "no connection in time", and says it in two ways.
    private static boolean isPoolTimeout(Throwable cause) {
        return cause instanceof NoStackTraceThrowable && "Timeout".equals(cause.getMessage())
                || cause instanceof VertxException && "Timeout waiting for connection".equals(cause.getMessage());
    }

    // What the client says of a connection that closed between two statements of a transaction.
    private static boolean isClosed(Throwable cause) {
        return cause instanceof NoStackTraceThrowable
                && cause.getMessage() != null
                && cause.getMessage().startsWith("Connection is not active now");
    }

    // Nor has the client for this.
    private static boolean isFailedHandshake(Throwable cause) {
        return cause instanceof VertxException && "SSL handshake failed".equals(cause.getMessage());
    }

    private static Throwable next(Throwable cause) {
        return cause.getCause() == cause ? null : cause.getCause();
    }
}
