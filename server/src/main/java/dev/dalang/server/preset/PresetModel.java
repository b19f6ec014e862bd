package dev.dalang.server.preset;

import dev.dalang.api.Cancellation;
import dev.dalang.api.ChatEvent;
import dev.dalang.api.ChatModel;
import dev.dalang.api.ChatRequest;
import java.util.function.Consumer;

/** A model that answers with its preset's defaults. */
final class PresetModel implements ChatModel {

    private final ChatModel model;
    private final Preset preset;

    PresetModel(ChatModel model, Preset preset) {
        this.model = model;
        this.preset = preset;
    }

    @Override
    public String name() {
        return model.name();
    }

    @Override
    public void chat(ChatRequest request, Cancellation cancellation, Consumer<? super ChatEvent> events) {
        model.chat(preset.apply(request), cancellation, events);
    }

    @Override
    public int countTokens(ChatRequest request) {
        return model.countTokens(preset.apply(request));
    }
}
