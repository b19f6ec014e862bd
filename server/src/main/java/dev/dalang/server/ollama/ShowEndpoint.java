package dev.dalang.server.ollama;

import dev.dalang.engine.format.Metadata;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.TensorInfo;
import dev.dalang.engine.generate.ModelSources;
import dev.dalang.server.ServedModel;
import dev.dalang.server.ServedModels;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import dev.dalang.server.preset.Preset;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/show}: the inside of a model. */
final class ShowEndpoint {

    private final ServedModels models;
    private final ModelShelf shelf;

    ShowEndpoint(ServedModels models, ModelShelf shelf) {
        this.models = models;
        this.shelf = shelf;
    }

    void show(Exchange x) {
        Fields f = x.fields();
        String name = RequestReader.name(f);
        boolean verbose = f.flag("verbose", false);
        f.refuse("system", "a model is shown as it is");
        f.refuse("template", "a model is shown as it is");
        f.refuse("options", "a model is shown as it is");
        f.done();
        ServedModel m = models.find(name, x.caller());
        ObjectNode out = Json.object();
        if (m.kind() == ServedModel.Kind.HOSTED) {
            out.put("remote_model", m.name()).put("remote_host", m.owner());
            out.set("details", Details.of(m));
            ObjectNode info = out.putObject("model_info");
            if (m.family() != null && m.context() != null) info.put(m.family() + ".context_length", m.context());
        } else {
            try (ModelSource source = ModelSources.open(models.file(name, x.caller()))) {
                fill(out, m, source, verbose);
            }
        }
        ArrayNode capabilities = out.putArray("capabilities");
        m.capabilities().stream().sorted().forEach(capabilities::add);
        out.put("modified_at", m.modified().toString());
        x.send(200, out);
    }

    private void fill(ObjectNode out, ServedModel m, ModelSource source, boolean verbose) {
        Metadata meta = source.metadata();
        Preset preset = shelf.preset(m.name());
        String template = preset.template();
        if (template == null) template = meta.stringOrNull("tokenizer.chat_template");
        if (template == null) template = preset.goTemplate();
        out.put("license", preset.license() != null ? preset.license() : meta.string("general.license", ""));
        out.put("modelfile", Modelfile.of(m.name(), preset, template));
        out.put("parameters", Modelfile.parameters(preset));
        out.put("template", template == null ? "" : template);
        if (preset.system() != null) out.put("system", preset.system());
        if (preset.messages() != null) out.set("messages", preset.messages());
        out.set("details", Details.of(m));
        ObjectNode info = out.putObject("model_info");
        meta.asMap().forEach((key, value) -> info.set(key, json(value, verbose)));
        info.put(
                "general.parameter_count",
                source.tensors().values().stream()
                        .mapToLong(TensorInfo::elements)
                        .sum());
        if (!verbose) return;
        ArrayNode tensors = out.putArray("tensors");
        for (TensorInfo t : source.tensors().values()) {
            ObjectNode row = tensors.addObject()
                    .put("name", t.name())
                    .put("type", t.type().name());
            ArrayNode shape = row.putArray("shape");
            for (long n : t.shape()) shape.add(n);
        }
    }

    /** Arrays of a tokenizer are long: without {@code verbose} they are null, as with Ollama. */
    private static JsonNode json(Metadata.Value v, boolean verbose) {
        JsonNodeFactory f = JsonNodeFactory.instance;
        Object value = v.value();
        if (v.element() != null && !verbose && length(value) > 64) return f.nullNode();
        return switch (value) {
            case Long n -> f.numberNode(n);
            case Double d -> v.type() == Metadata.Type.FLOAT32 ? f.numberNode(d.floatValue()) : f.numberNode(d);
            case Boolean b -> f.booleanNode(b);
            case String s -> f.stringNode(s);
            case long[] all -> {
                ArrayNode a = f.arrayNode();
                for (long n : all) a.add(n);
                yield a;
            }
            case double[] all -> {
                ArrayNode a = f.arrayNode();
                for (double n : all) a.add((float) n);
                yield a;
            }
            case boolean[] all -> {
                ArrayNode a = f.arrayNode();
                for (boolean b : all) a.add(b);
                yield a;
            }
            case String[] all -> {
                ArrayNode a = f.arrayNode();
                for (String s : all) a.add(s);
                yield a;
            }
            case Metadata.Value[] all -> {
                ArrayNode a = f.arrayNode();
                for (Metadata.Value one : all) a.add(json(one, verbose));
                yield a;
            }
            default -> throw new IllegalStateException("a metadata value of " + value.getClass());
        };
    }

    private static int length(Object array) {
        return array.getClass().isArray() ? java.lang.reflect.Array.getLength(array) : 0;
    }
}
