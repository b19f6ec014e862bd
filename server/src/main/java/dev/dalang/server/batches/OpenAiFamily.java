package dev.dalang.server.batches;

import dev.dalang.ledger.Ledger;
import dev.dalang.server.ServedModels;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.http.Dialect;
import dev.dalang.server.openai.OpenAiDialect;
import dev.dalang.server.openai.WholeAnswers;
import dev.dalang.server.responses.ResponsesDialect;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** OpenAI's dialects put together: chat, responses, and batches that go through the others' endpoints. */
public final class OpenAiFamily implements AutoCloseable {

    private final OpenAiDialect openai;
    private final ResponsesDialect responses;
    private final BatchesDialect batches;

    /**
     * @param ledger keeps responses, and what there is of files and batches
     * @param folder where the bytes of files lie
     */
    public OpenAiFamily(ServedModels models, Ledger ledger, Path folder) {
        this.openai = new OpenAiDialect(models);
        this.responses = new ResponsesDialect(models, ledger);
        ServedModels inBatches = models.in("batch");
        Map<String, WholeAnswers> endpoints = new LinkedHashMap<>(OpenAiDialect.forBatches(inBatches));
        endpoints.put("/v1/responses", responses.forBatches(inBatches));
        this.batches = new BatchesDialect(models, endpoints, ledger, folder);
    }

    public List<Dialect> dialects() {
        return List.of(openai, responses, batches);
    }

    /**
     * Takes up what a former run of the server left unfinished.
     *
     * @param callers finds who has a key by the key's id; nobody where it is gone
     */
    public void resume(Function<String, Optional<Caller>> callers) {
        responses.resume(callers);
        batches.resume(callers);
    }

    /** Stops what is done in the background, which goes on with the next start. */
    @Override
    public void close() {
        batches.close();
        responses.close();
    }
}
