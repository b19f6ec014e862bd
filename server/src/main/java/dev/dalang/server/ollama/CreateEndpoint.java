package dev.dalang.server.ollama;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.DalangException;
import dev.dalang.api.Prompt;
import dev.dalang.engine.format.ModelQuantizer;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.format.Quantization;
import dev.dalang.engine.generate.ModelSources;
import dev.dalang.engine.template.Template;
import dev.dalang.hub.store.Digest;
import dev.dalang.hub.store.FileName;
import dev.dalang.hub.store.InstalledModel;
import dev.dalang.hub.store.Manifest;
import dev.dalang.hub.store.ModelBuilder;
import dev.dalang.hub.store.Role;
import dev.dalang.server.ServedModels;
import dev.dalang.server.http.Exchange;
import dev.dalang.server.http.Fields;
import dev.dalang.server.http.Json;
import dev.dalang.server.preset.Options;
import dev.dalang.server.preset.Preset;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** {@code /api/create}: a model out of another, or of uploaded files, with settings of its own. */
final class CreateEndpoint {

    private static final String WEIGHTS = "model.gguf";

    private final ServedModels models;
    private final ModelShelf shelf;
    private final Runnable changed;

    CreateEndpoint(ServedModels models, ModelShelf shelf, Runnable changed) {
        this.models = models;
        this.shelf = shelf;
        this.changed = changed;
    }

    /** What was asked for, checked as far as that can be done before anything is made. */
    private record Wanted(
            String model,
            @Nullable String from,
            Map<String, String> files,
            Map<String, String> adapters,
            @Nullable String template,
            List<String> license,
            @Nullable String system,
            @Nullable String parameters,
            @Nullable String messages,
            @Nullable Quantization quantization,
            boolean stream) {}

    void create(Exchange x) {
        Wanted w = read(x.fields());
        StatusLines lines = new StatusLines(x, w.stream);
        lines.status("reading model metadata");
        if (w.quantization == null) {
            assemble(x, w, w.model, lines);
        } else {
            // Made under another name first, so that what is not yet what was asked for is never called so.
            String draft = "draft/" + UUID.randomUUID();
            try {
                quantize(x, w, assemble(x, w, draft, lines), w.quantization, lines);
            } finally {
                shelf.store().remove(draft);
            }
        }
        changed.run();
        models.unload(w.model, x.caller());
        lines.success();
    }

    private Wanted read(Fields f) {
        String name = RequestReader.name(f);
        Manifest.checkName(name);
        String model = shelf.library().named(name);
        f.refuse("modelfile", "say what it says in from, files, system, template, parameters, messages and adapters");
        f.refuse("path", "say what it says in from or files");
        String from = f.text("from");
        Map<String, String> files = f.textMap("files");
        if (from == null && files.isEmpty()) throw f.invalid("from", "or files is required");
        Map<String, String> adapters = f.textMap("adapters");
        for (String file : adapters.keySet()) {
            if (!file.endsWith(".gguf")) throw f.invalid("adapters", "must be GGUF files, unlike " + file);
        }
        String template = f.text("template");
        if (template != null) checkTemplate(f, RequestReader.jinja(f, template));
        String quantize = f.text("quantize");
        if (quantize == null) quantize = f.text("quantization");
        Quantization quantization = quantize == null || quantize.isEmpty() ? null : Quantization.ofName(quantize);
        JsonNode parameters = f.any("parameters");
        if (parameters != null) {
            Fields names = Fields.of(parameters, "parameters");
            ChatRequest.Builder request = ChatRequest.builder(model, Prompt.user(""));
            Options.read(names, request);
            names.done();
            // Looks at the values too.
            request.build();
        }
        JsonNode messages = f.any("messages");
        if (messages != null) {
            for (Fields m : f.requireObjects("messages")) {
                m.word("role", List.of("system", "user", "assistant"));
                m.requireText("role");
                m.requireText("content");
            }
        }
        Wanted w = new Wanted(
                model,
                from,
                files,
                adapters,
                template,
                f.textOrTexts("license"),
                f.text("system"),
                parameters == null ? null : Json.text(parameters),
                messages == null ? null : Json.text(messages),
                quantization,
                f.flag("stream", true));
        f.done();
        return w;
    }

    private static void checkTemplate(Fields f, String template) {
        try {
            Template.parse(template);
        } catch (DalangException e) {
            throw f.invalid("template", "cannot be read: " + e.failure().message());
        }
    }

    private Manifest assemble(Exchange x, Wanted w, String name, StatusLines lines) {
        try (ModelBuilder b = new ModelBuilder(shelf.store(), name)) {
            if (w.from != null) base(x, b, w.from, lines);
            if (!w.files.isEmpty()) {
                b.removeAll(Role.WEIGHTS);
                w.files.forEach((file, digest) -> {
                    Digest blob = ModelBuilder.digest(digest);
                    b.add(harmless("files", file), weightsOr(file), blob);
                    lines.status("using existing layer " + blob);
                });
            }
            if (!w.adapters.isEmpty()) b.removeAll(Role.ADAPTER);
            w.adapters.forEach((file, digest) -> {
                Digest blob = ModelBuilder.digest(digest);
                b.add(harmless("adapters", "adapter-" + file.replaceFirst("^adapter-", "")), Role.ADAPTER, blob);
                lines.status("using existing layer " + blob);
            });
            if (w.template != null) text(b, Preset.TEMPLATE, Role.TEMPLATE, w.template, lines);
            if (w.system != null) text(b, Preset.SYSTEM, Role.SETTINGS, w.system, lines);
            if (!w.license.isEmpty()) text(b, Preset.LICENSE, Role.LICENCE, String.join("\n\n", w.license), lines);
            if (w.parameters != null) {
                text(b, Preset.PARAMETERS, Role.SETTINGS, merged(b, w.parameters), lines);
            }
            if (w.messages != null) text(b, Preset.MESSAGES, Role.SETTINGS, w.messages, lines);
            lines.wanted();
            lines.status("writing manifest");
            return b.publish(new Manifest.Origin("local", w.from == null ? "uploaded files" : w.from, null));
        }
    }

    /** The base's parameters stay where they are not set anew. */
    private String merged(ModelBuilder b, String parameters) {
        Manifest.ModelFile before = b.file(Preset.PARAMETERS);
        if (before == null) return parameters;
        JsonNode old = Json.parse(shelf.store().read(before, 1 << 20));
        var all = Json.object();
        old.properties().forEach(e -> all.set(e.getKey(), e.getValue()));
        Json.parse(parameters).properties().forEach(e -> all.set(e.getKey(), e.getValue()));
        return Json.text(all);
    }

    private void base(Exchange x, ModelBuilder b, String from, StatusLines lines) {
        Path path = models.file(from, x.caller());
        Manifest own = shelf.library().find(from).map(InstalledModel::manifest).orElse(null);
        if (own != null) {
            b.addAll(own);
            own.digests().forEach(d -> lines.status("using existing layer " + d));
        } else if (Files.isDirectory(path)) {
            for (Path file : files(path)) {
                String name = String.valueOf(file.getFileName());
                Role role = Role.ofName(name);
                if (role == Role.OTHER) continue;
                lines.wanted();
                lines.status("creating new layer " + b.copy(harmless("from", name), role, file));
            }
        } else {
            lines.status("creating new layer " + b.copy(WEIGHTS, Role.WEIGHTS, path));
        }
    }

    private static List<Path> files(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void text(ModelBuilder b, String file, Role role, String text, StatusLines lines) {
        lines.status("creating new layer " + b.add(file, role, text.getBytes(StandardCharsets.UTF_8)));
    }

    /** A lone GGUF file is weights, whatever it is called. */
    private static Role weightsOr(String file) {
        return file.endsWith(".gguf") ? Role.WEIGHTS : Role.ofName(file);
    }

    private static String harmless(String parameter, String file) {
        if (FileName.isHarmless(file)) return file;
        throw DalangException.invalidRequest(
                parameter + " names a file \"" + file + "\"; names of files have letters, digits, and . _ + - only",
                parameter);
    }

    private void quantize(Exchange x, Wanted w, Manifest draft, Quantization to, StatusLines lines) {
        try (ModelBuilder b = new ModelBuilder(shelf.store(), w.model);
                ModelSource source = ModelSources.open(shelf.store().open(draft))) {
            b.addAll(draft);
            b.removeAll(Role.WEIGHTS);
            b.removeAll(Role.CONFIG);
            b.removeAll(Role.TOKENIZER);
            lines.status("quantizing to " + to);
            ModelQuantizer quantizer = new ModelQuantizer(source, to);
            quantizer.quantized().ifPresent(t -> {
                throw DalangException.invalidRequest(
                        "quantize: the model is quantised already (" + t.name() + " is " + t.type()
                                + "), and to do it again loses more than from the original; use an F16 or BF16 model",
                        "quantize");
            });
            int threads = Runtime.getRuntime().availableProcessors();
            Digest digest = b.make(
                    WEIGHTS,
                    Role.WEIGHTS,
                    target -> quantizer.write(
                            target,
                            ModelSources.portableMetadata(source),
                            threads,
                            (index, count, tensor, type) -> lines.wanted(),
                            x.cancellation()));
            lines.status("creating new layer " + digest);
            lines.status("writing manifest");
            b.publish(draft.origin());
        }
    }
}
