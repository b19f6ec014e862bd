package dev.dalang.engine.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dalang.api.ChatEvent.Notice;
import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Prompt;
import dev.dalang.engine.format.Gguf;
import dev.dalang.engine.testing.Shared;
import dev.dalang.engine.tokenizer.Tokenizers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Model files whose chat template is broken or hostile: they load, and chatting is safe. */
class HostileModelsTest {

    private static ChatTemplate.Rendering chat(String file) {
        try (Gguf gguf = Gguf.open(Shared.require("external/hostile-files/files/" + file))) {
            ChatTemplate template = ChatTemplate.of(gguf.metadata(), Tokenizers.fromGguf(gguf.metadata()));
            ChatRequest request = ChatRequest.builder("m", Prompt.user("Hi")).build();
            return template.render(request, (Prompt.Conversation) request.prompt(), RenderOptions.DEFAULT);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"m_chat_template_syntax.gguf", "m_chat_template_u32.gguf"})
    void aTemplateThatCannotBeUsedIsReplaced(String file) {
        ChatTemplate.Rendering rendering = chat(file);
        assertThat(rendering.text()).contains("Hi");
        assertThat(rendering.notices()).extracting(Notice::code).containsExactly("chat_template_broken");
    }

    @Test
    void aTemplateThatTriesToEscapeIsRefused() {
        Shared.require("external/hostile-files");
        assertThatThrownBy(() -> chat("m_chat_template_escape.gguf"))
                .isInstanceOfSatisfying(
                        DalangException.class,
                        e -> assertThat(Template.kind(e)).isEqualTo(TemplateError.Kind.SECURITY));
    }
}
