package dev.dalang.server.openai;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.EmbeddingModel;
import dev.dalang.api.EmbeddingRequest;
import dev.dalang.api.EmbeddingResponse;
import dev.dalang.api.Prompt;
import dev.dalang.server.ServedModels;
import dev.dalang.server.guard.Caller;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /v1/embeddings}. */
final class EmbeddingsEndpoint implements WholeAnswers {

    private static final int MOST_INPUTS = 2048;

    private final ServedModels models;

    EmbeddingsEndpoint(ServedModels models) {
        this.models = models;
    }

    void handle(Exchange exchange) {
        exchange.send(200, answer(exchange.json(), r -> r, exchange.caller(), exchange.cancellation()));
    }

    @Override
    public OpenAiErrors errors() {
        return OpenAiErrors.EMBEDDINGS;
    }

    @Override
    public ObjectNode answer(
            JsonNode body, UnaryOperator<ChatRequest> adapt, Caller caller, Cancellation cancellation) {
        Fields in = Fields.of(body);
        String model = in.requireText("model");
        List<Prompt> inputs = Prompts.read(in, "input", in.requireAny("input"));
        if (inputs.size() > MOST_INPUTS) {
            throw in.invalid("input", "may hold " + MOST_INPUTS + " texts, not " + inputs.size());
        }
        boolean base64 = "base64".equals(in.word("encoding_format", List.of("float", "base64")));
        EmbeddingRequest request = new EmbeddingRequest(
                model,
                inputs,
                in.integer("dimensions"),
                EmbeddingRequest.Purpose.UNSPECIFIED,
                CommonFields.truncation(in),
                in.text("user"));
        in.done();
        EmbeddingModel asked = models.embedding(model, caller);
        return write(FieldNames.EMBEDDINGS.during(() -> asked.embed(request, cancellation)), base64);
    }

    private static ObjectNode write(EmbeddingResponse response, boolean base64) {
        ObjectNode body = Json.object().put("object", "list");
        ArrayNode data = body.putArray("data");
        for (float[] vector : response.vectors()) {
            ObjectNode one = data.addObject().put("object", "embedding").put("index", data.size() - 1);
            if (base64) {
                one.put("embedding", base64(vector));
            } else {
                ArrayNode numbers = one.putArray("embedding");
                for (float v : vector) numbers.add(v);
            }
        }
        body.put("model", response.model());
        body.putObject("usage")
                .put("prompt_tokens", response.usage().promptTokens())
                .put("total_tokens", response.usage().totalTokens());
        Notices.write(body, response.notices());
        return body;
    }

    /** IEEE 754 single precision, least significant byte first. */
    private static String base64(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
