package dev.dalang.server.openai;

import dev.dalang.api.CacheHint;
import dev.dalang.api.DalangException;
import dev.dalang.api.Part;
import dev.dalang.api.Source;
import dev.dalang.server.http.Fields;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What a message holds: a text, or a list of parts, in the chat dialect's form. */
public final class Content {

    private Content() {}

    /** Empty where the field is absent. */
    static List<Part> parts(Fields message, String name) {
        JsonNode content = message.any(name);
        if (content == null) return List.of();
        if (content.isString()) return List.of(new Part.Text(content.stringValue()));
        if (!content.isArray()) throw message.invalid(name, "must be a string or an array of parts");
        return message.requireObjects(name).stream().map(Content::part).toList();
    }

    private static Part part(Fields in) {
        String type = in.requireText("type");
        CacheHint cache = cache(in);
        return switch (type) {
            case "text" -> new Part.Text(in.requireText("text"), cache, null);
            case "refusal" -> new Part.Refusal(in.requireText("refusal"));
            case "image_url" -> image(in.requireObject("image_url"), cache);
            case "input_audio" -> audio(in.requireObject("input_audio"), cache);
            case "file" -> file(in.requireObject("file"), cache);
            default -> throw in.invalid("type", "must be text, image_url, input_audio, file or refusal");
        };
    }

    /** {@code prompt_cache_breakpoint}: the prompt up to here will come again. */
    public static @Nullable CacheHint cache(Fields in) {
        Fields mark = in.object("prompt_cache_breakpoint");
        if (mark == null) return null;
        mark.word("mode", List.of("explicit"));
        return CacheHint.SHORT;
    }

    private static Part image(Fields in, @Nullable CacheHint cache) {
        return new Part.Image(source(in.requireText("url"), in.path("url")), in.text("detail"), cache);
    }

    private static Part audio(Fields in, @Nullable CacheHint cache) {
        byte[] data = base64(in.requireText("data"), in.path("data"));
        String format = in.requireText("format");
        return new Part.Audio(new Source.Bytes(data, "audio/" + format), format, cache);
    }

    private static Part file(Fields in, @Nullable CacheHint cache) {
        String data = in.text("file_data");
        String id = in.text("file_id");
        Source source;
        if (id != null && data == null) source = new Source.FileId(id);
        else if (data != null && id == null) source = data(data, in.path("file_data"));
        else throw in.invalid("file_data", "or file_id is required, and only one of them");
        return new Part.Document(source, in.text("filename"), null, false, cache);
    }

    /** A sound that a model made, by the name under which its provider keeps it. */
    static Part ownAudio(Fields in) {
        String id = in.requireText("id");
        String transcript = in.text("transcript");
        in.text("data");
        in.whole("expires_at");
        return new Part.Audio(new Source.FileId(id), null, null, id, transcript);
    }

    /** An address; one of the scheme {@code data} (RFC 2397) carries the bytes itself. */
    public static Source source(String url, String path) {
        return url.startsWith("data:") ? dataUrl(url, path) : new Source.Url(url);
    }

    /** Base64, with the media type before it or without. */
    public static Source data(String text, String path) {
        return text.startsWith("data:") ? dataUrl(text, path) : new Source.Bytes(base64(text, path), null);
    }

    private static Source dataUrl(String url, String path) {
        int comma = url.indexOf(',');
        String head = comma < 0 ? "" : url.substring("data:".length(), comma);
        if (!head.endsWith(";base64")) {
            throw DalangException.invalidRequest(path + " must be a data: address in base64", path);
        }
        String type = head.substring(0, head.length() - ";base64".length());
        return new Source.Bytes(base64(url.substring(comma + 1), path), type.isEmpty() ? null : type);
    }

    private static byte[] base64(String text, String path) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw DalangException.invalidRequest(path + " is no base64", path);
        }
    }
}
