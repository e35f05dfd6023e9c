package io.playhook.platform.json;

/** Blanks the commas that stand before a closing brace or bracket, outside of strings. */
final class TrailingCommas {

    private TrailingCommas() {}

    /** The same text with each trailing comma turned into a space, so that no offset moves. */
    static String blank(String json) {
        StringBuilder blanked = new StringBuilder(json);
        boolean inString = false;
        int comma = -1;
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            if (inString) {
                if (c == '\\') {
                    i++;
                } else if (c == '"') {
                    inString = false;
                }
            } else if ((c == '}' || c == ']') && comma >= 0) {
                blanked.setCharAt(comma, ' ');
                comma = -1;
            } else if (c == ',') {
                comma = isAfterValue(json, i) ? i : -1;
            } else if (!isBlank(c)) {
                comma = -1;
                inString = c == '"';
            }
        }
        return blanked.toString();
    }

    // "[,]" and "{,}" stay wrong: a trailing comma follows a value.
    private static boolean isAfterValue(String json, int comma) {
        for (int i = comma - 1; i >= 0; i--) {
            char c = json.charAt(i);
            if (!isBlank(c)) {
                return c != ',' && c != '[' && c != '{' && c != ':';
            }
        }
        return false;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
    }
}
