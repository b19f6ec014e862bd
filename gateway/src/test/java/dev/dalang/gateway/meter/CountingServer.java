package dev.dalang.gateway.meter;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A provider that speaks OpenAI's chat completions, fails often, and bills each answer by its id for what it sent, whether
 * or not anybody was there to read it.
 */
final class CountingServer implements AutoCloseable {

    static final int PROMPT = 12;

    private final HttpServer server;
    private final AtomicInteger requests = new AtomicInteger();
    final Map<String, Integer> billed = new ConcurrentHashMap<>();

    CountingServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 512);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
    }

    String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
    }

    private void answer(HttpExchange x) throws IOException {
        x.getRequestBody().readAllBytes();
        int n = requests.incrementAndGet();
        if (n % 7 == 3) {
            refuse(x, 429, "rate_limit_exceeded");
            return;
        }
        if (n % 11 == 5) {
            refuse(x, 500, "server_error");
            return;
        }
        int tokens = 3 + n % 9;
        String id = "chatcmpl-" + n;
        x.getResponseHeaders().set("Content-Type", "text/event-stream");
        x.sendResponseHeaders(200, 0);
        OutputStream out = x.getResponseBody();
        int sent = 0;
        billed.put(id, 0);
        for (; sent < tokens; sent++) {
            if (n % 13 == 6 && sent == 2) throw new IOException("cut");
            // Billed as it is made, not as it is read.
            billed.put(id, sent + 1);
            send(out, chunk(id, "{\"content\":\"word \"}", "null", ""));
        }
        send(out, chunk(id, "{}", "\"stop\"", ""));
        send(
                out,
                "{\"id\":\"" + id + "\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5-mini\","
                        + "\"choices\":[],\"usage\":{\"prompt_tokens\":" + PROMPT + ",\"completion_tokens\":" + tokens
                        + ",\"total_tokens\":" + (PROMPT + tokens) + "}}");
        send(out, "[DONE]");
        out.close();
        x.close();
    }

    private static String chunk(String id, String delta, String finish, String usage) {
        return "{\"id\":\"" + id + "\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"gpt-5-mini\","
                + "\"choices\":[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":" + finish + "}]" + usage + "}";
    }

    private static void send(OutputStream out, String data) throws IOException {
        out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static void refuse(HttpExchange x, int status, String code) throws IOException {
        byte[] body = ("{\"error\":{\"message\":\"no\",\"type\":\"" + code + "\",\"code\":\"" + code + "\"}}")
                .getBytes(StandardCharsets.UTF_8);
        x.getResponseHeaders().set("Content-Type", "application/json");
        x.sendResponseHeaders(status, body.length);
        x.getResponseBody().write(body);
        x.close();
    }

    /** The bill for everything so far. */
    String invoice() {
        StringBuilder csv = new StringBuilder("id,date,model,prompt_tokens,completion_tokens\n");
        billed.forEach((id, tokens) -> csv.append(id)
                .append(',')
                .append(LocalDate.now(ZoneOffset.UTC))
                .append(",gpt-5-mini,")
                .append(PROMPT)
                .append(',')
                .append(tokens)
                .append('\n'));
        return csv.toString();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
