package dev.dalang.cli;

import dev.dalang.ledger.Ledger;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A server that is asked in every dialect, by itself too: it has itself as a provider, so that the way through the gateway is
 * gone as well. What the JIT learns of it comes into the start-up cache, and the first answers of later servers are sooner.
 */
final class ServerRehearsal {

    /** Enough for the JIT to see which code is busy; fifty times as many made no server faster. */
    private static final int ROUNDS = 20;

    private static final String ITSELF = "itself";
    private static final String PROMPT = "Once upon a time";

    private final Function<InputStream, Surroundings> around;
    private final Path model;

    /** @param around a home of its own, with what is typed */
    ServerRehearsal(Function<InputStream, Surroundings> around, Path model) {
        this.around = around;
        this.model = model;
    }

    int run() throws IOException, InterruptedException {
        Surroundings server = around.apply(InputStream.nullInputStream());
        try (Ledger ledger = new LedgerFlags().open(server)) {
            LocalKey.ensure(server, ledger);
        }
        int port = freePort();
        int code = addItself(server, port);
        return code == ExitCode.DONE ? serve(server, port) : code;
    }

    private int addItself(Surroundings server, int port) throws IOException {
        byte[] key = Files.readAllBytes(LocalKey.file(server));
        String address = "http://127.0.0.1:" + port + "/v1";
        return Dalang.execute(
                around.apply(new ByteArrayInputStream(key)),
                "providers",
                "add",
                "--flavour",
                "dalang",
                "--key-stdin",
                "--key-file",
                ITSELF,
                address);
    }

    private int serve(Surroundings server, int port) throws InterruptedException {
        int[] code = {ExitCode.FAILED};
        Thread serving = Thread.ofPlatform()
                .start(() -> code[0] =
                        Dalang.execute(server, "serve", "--port", Integer.toString(port), "--kernels", "native"));
        try {
            while (!Files.exists(ServerState.file(server)) && serving.isAlive()) Thread.sleep(20);
            if (!serving.isAlive()) return code[0];
            ask(ServerLink.open(server, null));
        } finally {
            server.interrupt().cancel();
            serving.join();
        }
        return code[0];
    }

    private void ask(ServerLink link) {
        String here = model.toAbsolutePath().toString();
        String hosted = ITSELF + "/" + here;
        link.get("/health");
        for (int round = 0; round < ROUNDS; round++) {
            boolean stream = round % 4 != 3;
            for (String name : List.of(here, hosted)) {
                chat(link, "/v1/chat/completions", name, stream, "max_tokens", 16);
                chat(link, "/v1/messages", name, stream, "max_tokens", 16);
                chat(link, "/api/chat", name, stream, "options", Map.of("num_predict", 16));
            }
            link.text("/v1/completions", fields(here, stream, "prompt", PROMPT, "max_tokens", 16));
            link.text("/v1/responses", fields(here, stream, "input", PROMPT, "max_output_tokens", 16));
        }
        link.get("/v1/models");
        link.get("/dalang/server/status");
    }

    private static void chat(ServerLink link, String path, String name, boolean stream, String limit, Object tokens) {
        link.text(
                path,
                fields(name, stream, "messages", List.of(Map.of("role", "user", "content", PROMPT)), limit, tokens));
    }

    private static Map<String, ?> fields(
            String model, boolean stream, String question, Object text, String limit, Object tokens) {
        return Map.of("model", model, "stream", stream, question, text, limit, tokens);
    }

    private static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return any.getLocalPort();
        }
    }
}
