package dev.dalang.testserver;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A request, and the ways to answer it, wrong ones included.
 *
 * @param target path and query as they came
 * @param headers names in small letters
 * @param body of what a client sends, where it says its length
 */
@SuppressWarnings("ArrayRecordComponent") // read by tests alone
public record Exchange(String method, String target, Map<String, String> headers, byte[] body, Socket socket) {

    /** The body as UTF-8. */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    public String path() {
        int q = target.indexOf('?');
        return q < 0 ? target : target.substring(0, q);
    }

    /** The host that the client thinks it talks to, without port. */
    public String host() {
        return headers.getOrDefault("host", "").replaceFirst(":\\d+$", "");
    }

    public void text(int status, String body, String... headers) throws IOException {
        bytes(status, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    /** @param headers name, value, name, value, … */
    public void bytes(int status, byte[] body, String... headers) throws IOException {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("Content-Length", Integer.toString(body.length));
        for (int i = 0; i < headers.length; i += 2) all.put(headers[i], headers[i + 1]);
        head(status, all);
        if (!method.equals("HEAD")) out().write(body);
        out().flush();
    }

    public void redirect(int status, String to) throws IOException {
        bytes(status, new byte[0], "Location", to);
    }

    /** A file, whole or the range asked for, as a good server gives it. */
    public void file(byte[] content, String... headers) throws IOException {
        long[] range = range(content.length);
        if (range == null) {
            bytes(200, content, with(headers, "Accept-Ranges", "bytes"));
        } else if (range[0] >= content.length) {
            bytes(416, new byte[0], "Content-Range", "bytes */" + content.length);
        } else {
            byte[] part = java.util.Arrays.copyOfRange(content, (int) range[0], (int) range[1]);
            bytes(
                    206,
                    part,
                    with(headers, "Content-Range", "bytes " + range[0] + "-" + (range[1] - 1) + "/" + content.length));
        }
    }

    /** From and to (exclusive) of the range asked for, or null. */
    public long[] range(long length) {
        String r = headers.get("range");
        if (r == null || !r.matches("bytes=\\d+-\\d*")) return null;
        String[] parts = r.substring("bytes=".length()).split("-", 2);
        long from = Long.parseLong(parts[0]);
        long to = parts[1].isEmpty() ? length : Math.min(length, Long.parseLong(parts[1]) + 1);
        return new long[] {from, to};
    }

    public void head(int status, Map<String, String> headers) throws IOException {
        StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Status\r\n");
        headers.forEach((k, v) -> head.append(k).append(": ").append(v).append("\r\n"));
        out().write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        out().flush();
    }

    public OutputStream out() throws IOException {
        return socket.getOutputStream();
    }

    /** Ends the connection without a word. */
    public void drop() throws IOException {
        socket.close();
    }

    private static String[] with(String[] headers, String name, String value) {
        String[] more = java.util.Arrays.copyOf(headers, headers.length + 2);
        more[headers.length] = name;
        more[headers.length + 1] = value;
        return more;
    }
}
