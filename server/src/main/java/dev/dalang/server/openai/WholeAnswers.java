package dev.dalang.server.openai;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatRequest;
import dev.dalang.server.guard.Caller;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** An endpoint that can be asked without HTTP, as batches do. */
public interface WholeAnswers {

    /** How its failures are told. */
    OpenAiErrors errors();

    /**
     * The answer's JSON, whole; {@code stream} has no effect.
     *
     * @param body the request as it would have come
     * @param adapt what to change of the request to the doorway, such as its priority
     * @throws dev.dalang.api.DalangException as the endpoint itself
     */
    ObjectNode answer(JsonNode body, UnaryOperator<ChatRequest> adapt, Caller caller, Cancellation cancellation);
}
