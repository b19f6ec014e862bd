package dev.dalang.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIException;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.batches.Batch;
import com.openai.models.batches.BatchCreateParams;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessage;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** OpenAI's own client for Java. */
class OpenAiJavaTest {

    @TempDir
    static Path home;

    private static RunningServer server;
    private static OpenAIClient client;

    @BeforeAll
    static void start() {
        server = RunningServer.start(home);
        client = client(RunningServer.KEY);
    }

    private static OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(server.url() + "/v1")
                .apiKey(key)
                .build();
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
    }

    private static ChatCompletionCreateParams.Builder kenya() {
        return ChatCompletionCreateParams.builder()
                .model(RunningServer.MINI)
                .temperature(0)
                .addUserMessage("What is the capital of Kenya?");
    }

    private static String text(ChatCompletion completion) {
        return completion.choices().getFirst().message().content().orElseThrow();
    }

    @Test
    void chat() {
        ChatCompletion whole = client.chat().completions().create(kenya().build());
        whole.validate();
        assertThat(text(whole)).contains("Nairobi");
        assertThat(whole.choices().getFirst().finishReason().asString()).isEqualTo("stop");
        assertThat(whole.usage().orElseThrow().promptTokens()).isPositive();

        ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
        List<ChatCompletionChunk> chunks = new ArrayList<>();
        ChatCompletionCreateParams streamed = kenya().streamOptions(
                        ChatCompletionStreamOptions.builder().includeUsage(true).build())
                .build();
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(streamed)) {
            stream.stream().peek(accumulator::accumulate).forEach(chunks::add);
        }
        chunks.forEach(ChatCompletionChunk::validate);
        ChatCompletion together = accumulator.chatCompletion();
        assertThat(text(together)).isEqualTo(text(whole));
        assertThat(together.usage().orElseThrow().totalTokens())
                .isEqualTo(whole.usage().orElseThrow().totalTokens());
    }

    /** What a schema is made of. */
    public static class Place {
        public Country country;
        public boolean coastal;

        /** Few choices, so that noise ends soon. */
        public enum Country {
            KENYA,
            NORWAY
        }
    }

    @Test
    void structuredOutput() {
        Place place = client.chat()
                .completions()
                .create(ChatCompletionCreateParams.builder()
                        .model(server.tiny())
                        .seed(3)
                        .addUserMessage("Some place")
                        .responseFormat(Place.class)
                        .build())
                .choices()
                .getFirst()
                .message()
                .content()
                .orElseThrow();
        assertThat(place.country).isIn((Object[]) Place.Country.values());

        Place again = client
                .responses()
                .create(ResponseCreateParams.builder()
                        .model(server.tiny())
                        .input("Some place")
                        .text(Place.class)
                        .build())
                .output()
                .stream()
                .flatMap(item -> item.message().stream())
                .flatMap(message -> message.content().stream())
                .flatMap(content -> content.outputText().stream())
                .findFirst()
                .orElseThrow();
        assertThat(again.country).isNotNull();
    }

    /** A tool, from which the client makes a schema. */
    public static class Weather {
        public Place.Country country;
    }

    @Test
    void tools() {
        ChatCompletionCreateParams.Builder asked = ChatCompletionCreateParams.builder()
                .model(server.tiny())
                .seed(1)
                .maxCompletionTokens(300)
                .addUserMessage("Weather?")
                .addTool(Weather.class)
                .parallelToolCalls(false)
                .toolChoice(ChatCompletionToolChoiceOption.Auto.REQUIRED);
        ChatCompletionMessage message = client.chat()
                .completions()
                .create(asked.build())
                .choices()
                .getFirst()
                .message();
        var call = message.toolCalls().orElseThrow().getFirst().asFunction();
        assertThat(call.function().arguments(Weather.class).country).isNotNull();

        ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(asked.build())) {
            stream.stream().forEach(accumulator::accumulate);
        }
        var streamed = accumulator.chatCompletion().choices().getFirst().message();
        assertThat(streamed.toolCalls()
                        .orElseThrow()
                        .getFirst()
                        .asFunction()
                        .function()
                        .arguments())
                .isEqualTo(call.function().arguments());

        // The message goes back as it came, with the result after it.
        ChatCompletion next = client.chat()
                .completions()
                .create(asked.addMessage(message)
                        .addMessage(ChatCompletionToolMessageParam.builder()
                                .toolCallId(call.id())
                                .content("sunny")
                                .build())
                        .toolChoice(ChatCompletionToolChoiceOption.Auto.NONE)
                        .maxCompletionTokens(4)
                        .build());
        assertThat(next.choices()).hasSize(1);
    }

    @Test
    void embeddings() {
        // The client asks for base64 by itself, and reads floats.
        var answer = client.embeddings()
                .create(EmbeddingCreateParams.builder()
                        .model(RunningServer.MINI)
                        .inputOfArrayOfStrings(List.of("one", "two"))
                        .build());
        assertThat(answer.data()).hasSize(2);
        double length = answer.data().getFirst().embedding().stream()
                .mapToDouble(v -> (double) v * v)
                .sum();
        assertThat(length).isBetween(0.999, 1.001);
    }

    @Test
    void responses() {
        Response first = client.responses()
                .create(ResponseCreateParams.builder()
                        .model(RunningServer.MINI)
                        .temperature(0)
                        .input("What is the capital of Kenya?")
                        .build());
        first.validate();
        StringBuilder text = new StringBuilder();
        List<ResponseStreamEvent> events = new ArrayList<>();
        try (StreamResponse<ResponseStreamEvent> stream = client.responses()
                .createStreaming(ResponseCreateParams.builder()
                        .model(RunningServer.MINI)
                        .temperature(0)
                        .input("What is the capital of Norway?")
                        .previousResponseId(first.id())
                        .build())) {
            stream.stream().forEach(events::add);
        }
        for (ResponseStreamEvent event : events) {
            event.validate();
            event.outputTextDelta().ifPresent(delta -> text.append(delta.delta()));
        }
        assertThat(text.toString()).contains("Oslo");
        assertThat(events.getLast().completed()).isPresent();

        assertThat(client.responses().retrieve(first.id()).id()).isEqualTo(first.id());
        assertThat(client.responses().inputItems().list(first.id()).items()).hasSize(1);
        client.responses().delete(first.id());
        assertThatThrownBy(() -> client.responses().retrieve(first.id())).isInstanceOf(NotFoundException.class);
    }

    @Test
    void modelsAndBatches(@TempDir Path folder) throws Exception {
        assertThat(client.models().list().items()).anyMatch(m -> m.id().equals(RunningServer.MINI));
        assertThat(client.models().retrieve(server.tiny()).id()).isEqualTo(server.tiny());

        Path lines = Files.writeString(
                folder.resolve("requests.jsonl"),
                "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/responses\",\"body\":{\"model\":\"dalang-mini\",\"input\":"
                        + "\"What is the capital of Kenya?\",\"temperature\":0}}");
        FileObject file = client.files()
                .create(FileCreateParams.builder()
                        .file(lines)
                        .purpose(FilePurpose.BATCH)
                        .build());
        Batch batch = client.batches()
                .create(BatchCreateParams.builder()
                        .inputFileId(file.id())
                        .endpoint(BatchCreateParams.Endpoint.V1_RESPONSES)
                        .completionWindow(BatchCreateParams.CompletionWindow._24H)
                        .build());
        while (batch.outputFileId().isEmpty()) {
            Thread.sleep(20);
            batch = client.batches().retrieve(batch.id());
        }
        try (var content = client.files().content(batch.outputFileId().orElseThrow())) {
            assertThat(new String(content.body().readAllBytes())).contains("Nairobi");
        }
    }

    @Test
    void errors() {
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(kenya().model("nobody").build()))
                .isInstanceOfSatisfying(NotFoundException.class, e -> {
                    assertThat(e.code()).contains("model_not_found");
                    assertThat(e.param()).contains("model");
                });
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(kenya().temperature(3).build()))
                .isInstanceOfSatisfying(
                        BadRequestException.class, e -> assertThat(e.param()).contains("temperature"));
        OpenAIClient stranger = client("wrong");
        assertThatThrownBy(() -> stranger.chat().completions().create(kenya().build()))
                .isInstanceOf(UnauthorizedException.class);
        stranger.close();
        // A stream that breaks is no stream that ends.
        assertThatThrownBy(() -> {
                    try (StreamResponse<ChatCompletionChunk> stream = client.chat()
                            .completions()
                            .createStreaming(kenya().model(FaultyModels.CUT_OFF).build())) {
                        stream.stream().forEach(chunk -> {});
                    }
                })
                .isInstanceOf(OpenAIException.class)
                .hasMessageContaining("the line went dead");
    }

    @Test
    void retries() {
        ChatCompletion answer = client.chat()
                .completions()
                .create(kenya().model(FaultyModels.BUSY_TWICE).build());
        assertThat(text(answer)).contains("Nairobi");
        assertThat(server.faults().asked(FaultyModels.BUSY_TWICE)).isEqualTo(3);
        // What cannot succeed is not asked three times.
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(kenya().model(FaultyModels.BROKEN).build()))
                .isInstanceOf(InternalServerException.class);
        assertThat(server.faults().asked(FaultyModels.BROKEN)).isEqualTo(1);
    }

    @Test
    void whoLeavesIsNotAnsweredOn() throws Exception {
        ChatCompletionCreateParams held = kenya().model(FaultyModels.HELD).build();
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(held)) {
            assertThat(stream.stream().limit(2).count()).isEqualTo(2);
            assertThat(server.busy()).isPositive();
        }
        // It goes on only when the server has seen that the client left.
        while (server.busy() > 0) Thread.sleep(5);
    }
}
