package dev.dalang.server.preset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Message;
import dev.dalang.api.Prompt;
import dev.dalang.api.Sampling;
import dev.dalang.engine.format.GgufWriter;
import dev.dalang.hub.store.Digest;
import dev.dalang.hub.store.Manifest;
import dev.dalang.hub.store.ModelBuilder;
import dev.dalang.hub.store.Role;
import dev.dalang.hub.store.Store;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PresetTest {

    @TempDir
    Path folder;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private Preset preset(String template) {
        Store store = new Store(folder);
        try (ModelBuilder b = new ModelBuilder(store, "made")) {
            b.add("weights.safetensors", Role.WEIGHTS, bytes("weights"));
            b.add(Preset.SYSTEM, Role.SETTINGS, bytes("be brief"));
            b.add(
                    Preset.PARAMETERS,
                    Role.SETTINGS,
                    bytes("{\"temperature\":0.5,\"top_k\":7,\"stop\":[\"x\"],\"num_predict\":9}"));
            b.add(
                    Preset.MESSAGES,
                    Role.SETTINGS,
                    bytes("[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}]"));
            b.add(Preset.TEMPLATE, Role.TEMPLATE, bytes(template));
            return Preset.of(store, b.publish(new Manifest.Origin("local", "test", null)));
        }
    }

    @Test
    void fillsInWhatARequestLeavesOpen() {
        Preset p = preset("{{ messages }}");
        ChatRequest q = p.apply(ChatRequest.builder("made", Prompt.user("hi"))
                .sampling(Sampling.builder().topK(3).build())
                .build());
        assertThat(q.sampling().topK()).isEqualTo(3);
        assertThat(q.sampling().temperature()).isEqualTo(0.5f);
        assertThat(q.stop()).containsExactly("x");
        assertThat(q.maxTokens()).isEqualTo(9);
        assertThat(q.chatTemplate()).isEqualTo("{{ messages }}");
        assertThat(((Prompt.Conversation) q.prompt()).messages())
                .containsExactly(
                        Message.system("be brief"), Message.user("a"), Message.assistant("b"), Message.user("hi"));
    }

    @Test
    void givesWayToARequestsOwn() {
        Preset p = preset("{{ messages }}");
        ChatRequest own = ChatRequest.builder(
                        "made", new Prompt.Conversation(List.of(Message.system("mine"), Message.user("hi"))))
                .stop(List.of("y"))
                .maxTokens(1)
                .chatTemplate("chatml")
                .build();
        ChatRequest q = p.apply(own);
        assertThat(q.stop()).containsExactly("y");
        assertThat(q.maxTokens()).isEqualTo(1);
        assertThat(q.chatTemplate()).isEqualTo("chatml");
        assertThat(((Prompt.Conversation) q.prompt()).messages().getFirst()).isEqualTo(Message.system("mine"));
        ChatRequest raw = ChatRequest.builder("made", new Prompt.Raw("r")).build();
        assertThat(p.apply(raw).prompt()).isEqualTo(raw.prompt());
        assertThat(p.apply(raw).chatTemplate()).isNull();
        assertThat(Preset.NONE.apply(own)).isSameAs(own);
    }

    @Test
    void doesNotTakeGoForJinja() {
        Preset p = preset("{{ if .System }}{{ .System }}{{ end }}{{ .Prompt }}");
        assertThat(p.template()).isNull();
        assertThat(p.goTemplate()).contains(".Prompt");
    }

    @Test
    void keepsUploadsThatAreWhatTheyClaim() {
        Store store = new Store(folder);
        Digest right = Digest.of("abc");
        ModelBuilder.upload(store, right, new ByteArrayInputStream(bytes("abc")));
        assertThat(store.has(right)).isTrue();
        Digest wrong = Digest.of("abd");
        assertThatThrownBy(() -> ModelBuilder.upload(store, wrong, new ByteArrayInputStream(bytes("abc"))))
                .isInstanceOf(DalangException.class)
                .hasMessageContaining("have the digest");
        assertThat(store.has(wrong)).isFalse();
        store.collectGarbage();
        assertThat(store.has(right)).isTrue();
        for (String bad : List.of("sha256:..", "sha1:abc", "../x", "sha256:" + "A".repeat(64))) {
            assertThatThrownBy(() -> ModelBuilder.digest(bad)).isInstanceOf(DalangException.class);
        }
    }

    @Test
    void takesNoAdapterThatIsNone() throws IOException {
        Path model = folder.resolve("model.gguf");
        new GgufWriter().put("general.architecture", "llama").write(model);
        try (ModelBuilder b = new ModelBuilder(new Store(folder), "bent")) {
            Digest other = b.add("a", Role.OTHER, Files.readAllBytes(model));
            assertThatThrownBy(() -> b.add("adapter-a.gguf", Role.ADAPTER, other))
                    .isInstanceOf(DalangException.class)
                    .hasMessageContaining("is no adapter");
            Digest text = b.add("b", Role.OTHER, bytes("text"));
            assertThatThrownBy(() -> b.add("adapter-b.gguf", Role.ADAPTER, text))
                    .isInstanceOf(DalangException.class)
                    .hasMessageContaining("not a GGUF file");
        }
    }

    @Test
    void leavesNothingOfAModelThatDidNotAppear() {
        Store store = new Store(folder);
        Digest blob;
        try (ModelBuilder b = new ModelBuilder(store, "half")) {
            blob = b.add(Preset.SYSTEM, Role.SETTINGS, bytes("system"));
            assertThatThrownBy(() -> b.publish(new Manifest.Origin("local", "test", null)))
                    .hasMessageContaining("weights");
        }
        assertThat(store.has(blob)).isFalse();
        assertThat(store.find("half")).isEmpty();
    }
}
