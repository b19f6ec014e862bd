package dev.dalang.gateway.provider.wire;

import dev.dalang.api.Part;
import dev.dalang.api.Source;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Bytes of pictures, sounds and documents as wires want them. */
public final class Content {
    private Content() {}

    public static String base64(Source.Bytes bytes) {
        return Base64.getEncoder().encodeToString(bytes.data());
    }

    /** {@code data:image/png;base64,…} (RFC 2397). */
    public static String dataUrl(Source.Bytes bytes, String type) {
        return "data:" + type + ";base64," + base64(bytes);
    }

    /** What the bytes are: as they were said to be, else by their first bytes, else {@code otherwise}. */
    public static String type(Source.Bytes bytes, String otherwise) {
        if (bytes.mediaType() != null) return bytes.mediaType();
        byte[] d = bytes.data();
        if (begins(d, 0, 0x89, 'P', 'N', 'G')) return "image/png";
        if (begins(d, 0, 0xff, 0xd8, 0xff)) return "image/jpeg";
        if (begins(d, 0, 'G', 'I', 'F', '8')) return "image/gif";
        if (begins(d, 0, 'R', 'I', 'F', 'F') && begins(d, 8, 'W', 'E', 'B', 'P')) return "image/webp";
        if (begins(d, 0, 'R', 'I', 'F', 'F') && begins(d, 8, 'W', 'A', 'V', 'E')) return "audio/wav";
        if (begins(d, 0, 'I', 'D', '3')) return "audio/mpeg";
        if (begins(d, 0, '%', 'P', 'D', 'F')) return "application/pdf";
        return otherwise;
    }

    /** A sound's format as one word, like {@code wav}. */
    public static String format(Part.Audio audio) {
        if (audio.format() != null) return audio.format();
        if (!(audio.source() instanceof Source.Bytes b)) return "wav";
        String type = type(b, "audio/wav");
        return type.equals("audio/mpeg") ? "mp3" : type.substring(type.indexOf('/') + 1);
    }

    /** The parts' text, or null where one of them is none. */
    public static @Nullable String textOf(List<Part> parts) {
        StringBuilder text = new StringBuilder();
        for (Part part : parts) {
            if (!(part instanceof Part.Text t)) return null;
            text.append(t.text());
        }
        return text.toString();
    }

    private static boolean begins(byte[] data, int at, int... bytes) {
        if (data.length < at + bytes.length) return false;
        for (int i = 0; i < bytes.length; i++) if ((data[at + i] & 0xff) != bytes[i]) return false;
        return true;
    }
}
