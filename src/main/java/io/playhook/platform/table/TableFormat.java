package io.playhook.platform.table;

import java.util.List;

/** What a table is written in. */
public enum TableFormat {
    /** RFC 4180, in UTF-8, with a line of headings. */
    CSV(TableFormat.CSV_TYPE, "; charset=utf-8; header=present", "csv") {
        @Override
        public <T> TableWriter<T> writer(String name, List<Column<T>> columns) {
            return new CsvWriter<>(columns);
        }
    },
    /** Office Open XML: one sheet. */
    XLSX(TableFormat.XLSX_TYPE, "", "xlsx") {
        @Override
        public <T> TableWriter<T> writer(String name, List<Column<T>> columns) {
            return new XlsxWriter<>(name, columns);
        }
    };

    public static final String CSV_TYPE = "text/csv";
    public static final String XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    private final String type;
    private final String parameters;
    private final String extension;

    TableFormat(String type, String parameters, String extension) {
        this.type = type;
        this.parameters = parameters;
        this.extension = extension;
    }

    /**
     * Begins a table.
     *
     * @param name what it shows
     */
    public abstract <T> TableWriter<T> writer(String name, List<Column<T>> columns);

    /** The media type, without parameters. */
    public String type() {
        return type;
    }

    /** The media type as it stands in an answer. */
    public String contentType() {
        return type + parameters;
    }

    /** What a file's name ends in. */
    public String extension() {
        return extension;
    }
}
