package dev.dalang.bench.load;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A hosted model's stand-in for measurements: it streams the same answer to whoever asks, in OpenAI's chat completions, a
 * piece at a time, and takes next to nothing of the processor itself.
 */
@Command(
        name = "upstream",
        mixinStandardHelpOptions = true,
        description = "Stream the same answer to everybody, a piece at a time.")
public final class Upstream implements Callable<Integer> {

    private static final Pattern LENGTH = Pattern.compile("(?i)\\r\\ncontent-length: *(\\d+)");
    private static final int MOST_HEAD = 64 << 10;

    @Option(names = "--pieces", paramLabel = "N", description = "Of an answer. Default: ${DEFAULT-VALUE}.")
    int pieces = 20;

    @Option(names = "--gap", paramLabel = "MS", description = "Before each piece. Default: ${DEFAULT-VALUE}.")
    int gapMillis = 5;

    @Option(names = "--address-file", paramLabel = "FILE", required = true, description = "Gets its address.")
    @SuppressWarnings("NullAway.Init") // picocli's
    Path addressFile;

    private Upstream() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Upstream()).execute(args));
    }

    @Override
    public Integer call() throws IOException {
        byte[] head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII);
        byte[] piece = event("{\"index\":0,\"delta\":{\"content\":\" word\"},\"finish_reason\":null}", "");
        byte[] end = join(
                event("{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}", ""),
                event(
                        "",
                        ",\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":" + pieces + ",\"total_tokens\":"
                                + (12 + pieces) + "}"),
                chunk("data: [DONE]\n\n"),
                chunk(""));
        try (ServerSocket server = new ServerSocket(0, 4096, InetAddress.getLoopbackAddress())) {
            Path part = addressFile.resolveSibling(addressFile.getFileName() + ".part");
            Files.writeString(part, "http://127.0.0.1:" + server.getLocalPort() + "/v1");
            Files.move(part, addressFile);
            while (true) {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> serve(socket, head, piece, end));
            }
        }
    }

    private void serve(Socket socket, byte[] head, byte[] piece, byte[] end) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            while (request(in)) {
                out.write(head);
                for (int i = 0; i < pieces; i++) {
                    if (gapMillis > 0) Thread.sleep(gapMillis);
                    out.write(piece);
                }
                out.write(end);
            }
        } catch (IOException e) {
            // The other side went away: the stream is its own.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Reads a request; false where there is no more. */
    private static boolean request(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
            int b = in.read();
            if (b < 0 || head.length() > MOST_HEAD) return false;
            head.append((char) b);
        }
        Matcher length = LENGTH.matcher(head);
        if (length.find()) in.skipNBytes(Long.parseLong(length.group(1)));
        return true;
    }

    private static byte[] event(String choice, String more) {
        return chunk(
                "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"word\","
                        + "\"choices\":[" + choice + "]" + more + "}\n\n");
    }

    private static byte[] chunk(String text) {
        return String.format(Locale.ROOT, "%x\r\n%s\r\n", text.length(), text).getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] join(byte[]... parts) {
        int length = 0;
        for (byte[] p : parts) length += p.length;
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] p : parts) {
            System.arraycopy(p, 0, all, at, p.length);
            at += p.length;
        }
        return all;
    }
}
