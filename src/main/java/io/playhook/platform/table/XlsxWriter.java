package io.playhook.platform.table;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;

import org.dhatim.fastexcel.Workbook;
import org.dhatim.fastexcel.Worksheet;

/** Writes a workbook with one sheet. Text is text there, whatever it begins with: nothing of it is a formula. */
final class XlsxWriter<T> extends TableWriter<T> {

    /** Spreadsheets take no more. */
    private static final int LONGEST_TEXT = 32_767;

    private static final String TIME_FORMAT = "yyyy-mm-dd hh:mm:ss.000";
    private static final double WIDTH = 20;
    private static final String APPLICATION = "Playhook";
    private static final String VERSION = "1.0";

    private final List<Column<T>> columns;
    private final Workbook workbook;
    private final Worksheet sheet;
    private int rows;

    XlsxWriter(String name, List<Column<T>> columns) {
        this.columns = columns;
        this.workbook = new Workbook(out, APPLICATION, VERSION);
        this.sheet = workbook.newWorksheet(name);
        sheet.freezePane(0, 1);
        for (int i = 0; i < columns.size(); i++) {
            sheet.width(i, WIDTH);
            sheet.inlineString(rows, i, columns.get(i).name());
            sheet.style(rows, i).bold().set();
        }
        rows++;
    }

    @Override
    void row(T item) {
        for (int i = 0; i < columns.size(); i++) {
            Object value = columns.get(i).value().apply(item);
            if (value instanceof Instant time) {
                sheet.value(rows, i, LocalDateTime.ofInstant(time, ZoneOffset.UTC));
                sheet.style(rows, i).format(TIME_FORMAT).set();
            } else if (value instanceof Number number) {
                sheet.value(rows, i, number);
            } else if (value != null) {
                // Not shared: what is shared has to be held until the end.
                sheet.inlineString(rows, i, storable(value.toString()));
            }
        }
        rows++;
    }

    /** XML has no way to write control characters. */
    private static String storable(String text) {
        String cut = text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT);
        return cut.codePoints().allMatch(XlsxWriter::isXml)
                ? cut
                : cut.codePoints()
                        .map(c -> isXml(c) ? c : '\uFFFD')
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
    }

    private static boolean isXml(int c) {
        return c >= ' ' && c < Character.MIN_SURROGATE
                || c > Character.MAX_SURROGATE && c < 0xFFFE
                || c >= Character.MIN_SUPPLEMENTARY_CODE_POINT
                || c == '\t'
                || c == '\n'
                || c == '\r';
    }

    @Override
    void flush() {
        try {
            sheet.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    void finish() {
        try {
            sheet.finish();
            workbook.finish();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
