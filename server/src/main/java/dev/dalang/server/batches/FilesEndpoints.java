package dev.dalang.server.batches;

import dev.dalang.api.DalangException;
import dev.dalang.ledger.StoredFile;
import dev.dalang.server.guard.Scope;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Json;
import dev.dalang.server.http.Routes;
import dev.dalang.server.openai.Guarded;
import dev.dalang.server.openai.Pages;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** {@code /v1/files}: what batches read and write. */
final class FilesEndpoints {

    private static final List<String> PURPOSES = List.of("batch", "user_data");
    private static final long SHORTEST = 3600;
    private static final long LONGEST = 2_592_000;

    private final FileStore files;

    FilesEndpoints(FileStore files) {
        this.files = files;
    }

    void routes(Routes routes) {
        routes.post("/v1/files", Scope.INFERENCE, Guarded.of(this::create))
                .get("/v1/files", Scope.INFERENCE, Guarded.of(this::list))
                .get("/v1/files/{id}", Scope.INFERENCE, Guarded.of(this::get))
                .delete("/v1/files/{id}", Scope.INFERENCE, Guarded.of(this::delete))
                .get("/v1/files/{id}/content", Scope.INFERENCE, Guarded.of(this::content));
    }

    private void create(Exchange x) {
        Upload upload = Upload.read(x, files.folder());
        try {
            Map<String, String> fields = new LinkedHashMap<>(upload.fields());
            String purpose = fields.remove("purpose");
            if (purpose == null) throw DalangException.invalidRequest("purpose is required", "purpose");
            if (!PURPOSES.contains(purpose)) {
                throw DalangException.invalidRequest(
                        "purpose must be one of " + String.join(", ", PURPOSES) + " here", "purpose");
            }
            Instant expires = expires(fields.remove("expires_after[anchor]"), fields.remove("expires_after[seconds]"));
            for (String unknown : fields.keySet()) {
                throw DalangException.invalidRequest("unknown parameter: " + unknown, unknown);
            }
            StoredFile file = files.adopt(x.caller().id(), upload.content(), upload.name(), purpose, expires);
            x.send(200, json(file));
        } finally {
            // Where it was adopted there is nothing left to delete.
            Upload.delete(upload.content());
        }
    }

    private static @Nullable Instant expires(@Nullable String anchor, @Nullable String seconds) {
        if (anchor == null && seconds == null) return null;
        if (!"created_at".equals(anchor)) {
            throw DalangException.invalidRequest("expires_after[anchor] must be created_at", "expires_after.anchor");
        }
        return Instant.now().plusSeconds(lifetime(seconds));
    }

    private static long lifetime(@Nullable String seconds) {
        try {
            long s = seconds == null ? -1 : Long.parseLong(seconds);
            if (s >= SHORTEST && s <= LONGEST) return s;
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw DalangException.invalidRequest(
                "expires_after[seconds] must be " + SHORTEST + " to " + LONGEST, "expires_after.seconds");
    }

    private void list(Exchange x) {
        String purpose = x.query("purpose");
        List<ObjectNode> all = files.list(x.caller().id()).stream()
                .filter(f -> purpose == null || f.purpose().equals(purpose))
                .map(FilesEndpoints::json)
                .toList();
        x.send(200, Pages.page(x, all, "desc"));
    }

    private void get(Exchange x) {
        x.send(200, json(find(x)));
    }

    private void delete(Exchange x) {
        StoredFile file = find(x);
        files.delete(file);
        x.send(200, Json.object().put("id", file.id()).put("object", "file").put("deleted", true));
    }

    private void content(Exchange x) {
        x.send(200, "application/octet-stream", files.bytes(find(x)));
    }

    private StoredFile find(Exchange x) {
        return files.find(x.caller().id(), x.pathParameter("id"));
    }

    private static ObjectNode json(StoredFile f) {
        ObjectNode json = Json.object()
                .put("id", f.id())
                .put("object", "file")
                .put("bytes", f.bytes())
                .put("created_at", f.created().getEpochSecond());
        Instant expires = f.expires();
        if (expires != null) json.put("expires_at", expires.getEpochSecond());
        return json.put("filename", f.name()).put("purpose", f.purpose()).put("status", "processed");
    }
}
