package io.playhook.platform;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

import io.playhook.platform.problem.FieldError;
import io.playhook.platform.problem.Problem;

/** The opaque spelling of a position in a list. */
public final class Cursor {

    private Cursor() {}

    static String encode(int position) {
        byte[] plain = ("id:" + position).getBytes(StandardCharsets.US_ASCII);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(plain);
    }

    /** The position behind which to go on, 0 for the start; throws a 400 {@link Problem} if it is none of ours. */
    public static int decode(String cursor) {
        if (cursor == null) {
            return 0;
        }
        try {
            String plain = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.US_ASCII);
            if (plain.matches("id:\\d{1,10}")) {
                return Integer.parseInt(plain, 3, plain.length(), 10);
            }
        } catch (IllegalArgumentException notOurs) {
            // falls through to the same answer
        }
        throw Problem.invalid(List.of(new FieldError("after", "is no cursor of this list")));
    }
}
