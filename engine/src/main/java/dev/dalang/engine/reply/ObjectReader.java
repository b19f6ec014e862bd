package dev.dalang.engine.reply;

import dev.dalang.engine.reply.Node.Notation;
import dev.dalang.engine.reply.ValueReader.Result;
import org.jspecify.annotations.Nullable;

/**
 * Reads a call that is a JSON object, from after its opening brace. The first key must be one that a call has: that is
 * how an object that is not a call at all is known early. Later keys may be others; their values are dropped.
 */
final class ObjectReader {

    private enum State {
        FIRST_KEY,
        KEY,
        COLON,
        VALUE,
        NEXT
    }

    private final Node.CallObject keys;
    private State state = State.FIRST_KEY;
    private final StringBuilder json = new StringBuilder();
    private @Nullable ValueReader reader;
    private String key = "";

    private @Nullable String name;
    private @Nullable String id;
    private @Nullable String arguments;

    ObjectReader(Node.CallObject keys) {
        this.keys = keys;
    }

    @Nullable
    String name() {
        return name;
    }

    @Nullable
    String id() {
        return id;
    }

    String arguments() {
        return arguments == null ? "{}" : arguments;
    }

    Result accept(int c) {
        ValueReader r = reader;
        if (r == null) {
            if (ValueReader.isSpace(c)) return Result.MORE;
            switch (state) {
                case FIRST_KEY, KEY -> {
                    if (c == '}' && state == State.KEY) return complete();
                    if (c != '"') return Result.FAILED;
                }
                case COLON -> {
                    state = State.VALUE;
                    return c == ':' ? Result.MORE : Result.FAILED;
                }
                case NEXT -> {
                    state = State.KEY;
                    return c == ',' ? Result.MORE : c == '}' ? complete() : Result.FAILED;
                }
                case VALUE -> {}
            }
            json.setLength(0);
            r = new ValueReader(Notation.JSON, new int[0], json);
            reader = r;
        }
        return switch (r.accept(c)) {
            case MORE -> Result.MORE;
            case FAILED -> Result.FAILED;
            case DONE -> {
                reader = null;
                yield ended();
            }
            case DONE_BEFORE -> {
                reader = null;
                yield ended() == Result.FAILED ? Result.FAILED : accept(c);
            }
        };
    }

    private Result ended() {
        if (state == State.VALUE) {
            state = State.NEXT;
            return member();
        }
        key = Json.unquote(json);
        boolean first = state == State.FIRST_KEY;
        state = State.COLON;
        return !first || known() ? Result.MORE : Result.FAILED;
    }

    private boolean known() {
        return keys.name().contains(key)
                || keys.arguments().contains(key)
                || keys.id().contains(key)
                || key.equals("type");
    }

    private Result member() {
        boolean string = json.charAt(0) == '"';
        if (keys.name().contains(key)) {
            if (!string) return Result.FAILED;
            name = Json.unquote(json);
        } else if (keys.arguments().contains(key)) {
            // Some models quote their arguments once more, as OpenAI's API does.
            String value = string ? Json.objectInString(json) : json.toString();
            if (value == null || value.charAt(0) != '{') return Result.FAILED;
            arguments = value;
        } else if (keys.id().contains(key)) {
            id = string ? Json.unquote(json) : json.toString();
        }
        return Result.MORE;
    }

    private Result complete() {
        return name == null || name.isEmpty() ? Result.FAILED : Result.DONE;
    }
}
