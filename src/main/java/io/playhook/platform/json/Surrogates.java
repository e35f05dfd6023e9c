package io.playhook.platform.json;

/** Finds escapes in JSON that spell half of a surrogate pair: no character, and many a receiver's parser refuses it. */
final class Surrogates {

    private Surrogates() {}

    /** Whether there is a half without its other half among the {@code \\uXXXX} escapes. */
    static boolean hasLoneEscape(String json) {
        for (int i = json.indexOf('\\'); i >= 0 && i < json.length(); i = json.indexOf('\\', i)) {
            int unit = escapedAt(json, i);
            if (unit < 0) {
                i += 2;
            } else if (Character.isHighSurrogate((char) unit)) {
                int low = escapedAt(json, i + 6);
                if (low < 0 || !Character.isLowSurrogate((char) low)) {
                    return true;
                }
                i += 12;
            } else if (Character.isLowSurrogate((char) unit)) {
                return true;
            } else {
                i += 6;
            }
        }
        return false;
    }

    // -1 where no whole escape of this form stands; whether that is wrong is the parser's to say.
    private static int escapedAt(String json, int at) {
        if (at + 6 > json.length() || json.charAt(at) != '\\' || json.charAt(at + 1) != 'u') {
            return -1;
        }
        int unit = 0;
        for (int i = at + 2; i < at + 6; i++) {
            int digit = Character.digit(json.charAt(i), 16);
            if (digit < 0) {
                return -1;
            }
            unit = unit << 4 | digit;
        }
        return unit;
    }
}
