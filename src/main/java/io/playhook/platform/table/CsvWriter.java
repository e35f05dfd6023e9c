package io.playhook.platform.table;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;

/** Writes CSV. */
final class CsvWriter<T> extends TableWriter<T> {

    private static final CsvFactory FACTORY = new CsvFactory();

    /** What has spreadsheets take text for a formula, or read past its beginning. */
    private static final String BEGINS_A_FORMULA = "=+-@\t\r";

    private final List<Column<T>> columns;
    private final CsvGenerator csv;

    CsvWriter(List<Column<T>> columns) {
        this.columns = columns;
        CsvSchema.Builder schema = CsvSchema.builder().setUseHeader(true).setLineSeparator("\r\n");
        columns.forEach(column -> schema.addColumn(column.name()));
        try {
            csv = FACTORY.createGenerator(out);
            csv.setSchema(schema.build());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    void row(T item) {
        try {
            csv.writeStartArray();
            for (Column<T> column : columns) {
                Object value = column.value().apply(item);
                if (value == null) {
                    csv.writeNull();
                } else if (value instanceof Number) {
                    csv.writeNumber(value.toString());
                } else {
                    csv.writeString(harmless(value.toString()));
                }
            }
            csv.writeEndArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String harmless(String text) {
        return !text.isEmpty() && BEGINS_A_FORMULA.indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
    }

    @Override
    void flush() {
        try {
            csv.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // A table without rows has its headings too.
    @Override
    void finish() {
        try {
            csv.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
