package dev.dalang.server.batches;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** A request of a batch: one line of its file. */
record BatchLine(String customId, JsonNode body) {

    static final int MOST = 50_000;

    private static final int MOST_ERRORS = 100;

    /** @throws DalangException naming what is wrong */
    static BatchLine read(String line, String endpoint) {
        Fields in = Fields.of(Json.parse(line));
        String id = in.requireText("custom_id");
        String method = in.requireText("method");
        String url = in.requireText("url");
        JsonNode body = in.requireAny("body");
        if (!method.equals("POST")) throw in.invalid("method", "must be POST");
        if (!url.equals(endpoint)) throw in.invalid("url", "must be the batch's endpoint, " + endpoint);
        Fields.of(body, "body");
        if (body.path("stream").asBoolean(false)) throw in.invalid("body.stream", "must not be true in a batch");
        in.done();
        return new BatchLine(id, body);
    }

    /**
     * Checks all lines of a file.
     *
     * @param count told how many there are
     * @return what is wrong, as the batch shows it; empty where nothing is
     */
    static ArrayNode check(Path file, String endpoint, Consumer<Integer> count) throws IOException {
        ArrayNode errors = Json.array();
        Set<String> ids = new HashSet<>();
        int number = 0;
        int requests = 0;
        try (BufferedReader in = Files.newBufferedReader(file)) {
            for (String line; (line = in.readLine()) != null && errors.size() < MOST_ERRORS; ) {
                number++;
                if (line.isBlank()) continue;
                requests++;
                try {
                    BatchLine read = read(line, endpoint);
                    if (!ids.add(read.customId())) {
                        error(
                                errors,
                                "duplicate_custom_id",
                                "an earlier line has this custom_id too",
                                "custom_id",
                                number);
                    }
                } catch (DalangException e) {
                    String field = e.failure() instanceof Failure.InvalidRequest f ? f.parameter() : null;
                    error(errors, "invalid_line", e.failure().message(), field, number);
                }
                if (requests > MOST) {
                    error(errors, "too_many_requests", "a batch may have " + MOST + " requests", null, number);
                    break;
                }
            }
        } catch (CharacterCodingException e) {
            // The reader is ahead of the lines, so which one it is cannot be said.
            error(errors, "invalid_encoding", "the file is not text in UTF-8", null, null);
        }
        if (requests == 0 && errors.isEmpty()) error(errors, "empty_file", "the file has no requests", null, null);
        count.accept(requests);
        return errors;
    }

    /** @param line counted from 1; null where it is none in particular */
    static void error(ArrayNode errors, String code, String message, @Nullable String param, @Nullable Integer line) {
        errors.addObject()
                .put("code", code)
                .put("message", message)
                .put("param", param)
                .put("line", line);
    }
}
