package io.playhook.platform.table;

import java.io.ByteArrayOutputStream;
import java.util.List;

/** Writes a table, piece by piece. Not thread-safe. */
public abstract class TableWriter<T> {

    /** What is written and not taken yet. */
    final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** The next rows, with all that comes before them; may be empty, where it is held back for the next piece. */
    public final byte[] write(List<T> items) {
        items.forEach(this::row);
        flush();
        return taken();
    }

    /** The end of the table. */
    public final byte[] end() {
        finish();
        return taken();
    }

    abstract void row(T item);

    abstract void flush();

    abstract void finish();

    private byte[] taken() {
        byte[] taken = out.toByteArray();
        out.reset();
        return taken;
    }
}
