package dev.dalang.gateway.provider;

import dev.dalang.api.ChatModel;
import dev.dalang.api.DalangException;
import dev.dalang.api.EmbeddingModel;
import dev.dalang.api.Via;
import dev.dalang.gateway.provider.anthropic.MessagesWire;
import dev.dalang.gateway.provider.bedrock.ConverseWire;
import dev.dalang.gateway.provider.bedrock.SigV4;
import dev.dalang.gateway.provider.cohere.CohereWire;
import dev.dalang.gateway.provider.google.GeminiWire;
import dev.dalang.gateway.provider.google.ServiceAccount;
import dev.dalang.gateway.provider.openai.ChatWire;
import dev.dalang.gateway.provider.openai.Flavour;
import dev.dalang.gateway.provider.openai.OpenAiWire;
import dev.dalang.gateway.provider.openai.ResponsesWire;
import dev.dalang.gateway.provider.wire.Auth;
import dev.dalang.gateway.provider.wire.Line;
import dev.dalang.gateway.provider.wire.Refusals;
import dev.dalang.gateway.provider.wire.Secret;
import dev.dalang.gateway.provider.wire.Wire;
import dev.dalang.net.Http;
import dev.dalang.net.Patience;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/** From a provider's configuration to its wire: which paths, who asks and how, how patiently. */
final class Opening {
    private static final int FIRST_TOKEN_SECONDS = 600;
    private static final int GAP_SECONDS = 120;
    private static final int TOTAL_SECONDS = 3600;
    private static final String V1 = "v1";

    private final ProviderConfig provider;
    private final Keys keys;
    private final Map<String, String> environment;
    private final Http http;

    Opening(ProviderConfig provider, Keys keys, Map<String, String> environment, Http http) {
        this.provider = provider;
        this.keys = keys;
        this.environment = environment;
        this.http = http;
    }

    /** @param connect see {@link Providers#chat(String, Http, Duration)} */
    ChatModel chat(String model, Duration connect) {
        Line line = line(connect);
        return new HostedModel(line, wire(line), model);
    }

    EmbeddingModel embedding(String model) {
        return switch (provider.kind()) {
            case OPENAI, OPENAI_COMPATIBLE ->
                new HostedEmbeddings(
                        line(),
                        provider.flavour().equals("mistral")
                                ? HostedEmbeddings.Form.MISTRAL
                                : HostedEmbeddings.Form.OPENAI,
                        m -> "/embeddings",
                        model);
            case AZURE -> new HostedEmbeddings(line(), HostedEmbeddings.Form.OPENAI, azure("/embeddings"), model);
            case COHERE -> new HostedEmbeddings(line(), HostedEmbeddings.Form.COHERE, m -> "/v2/embed", model);
            case GEMINI ->
                new HostedEmbeddings(
                        line(),
                        HostedEmbeddings.Form.GEMINI,
                        m -> "/models/" + Line.segment(m) + ":batchEmbedContents",
                        model);
            case ANTHROPIC, BEDROCK, VERTEX ->
                throw DalangException.unsupported(
                        provider.name() + " gives no embeddings through its "
                                + provider.kind().word() + " protocol",
                        "embeddings");
        };
    }

    String models() {
        Line line = line();
        String path = provider.kind() == ProviderKind.AZURE
                ? azure("/models").apply("")
                : wire(line).modelsPath();
        if (path.isEmpty()) {
            throw DalangException.unsupported(provider.name() + " has no list of models to ask for", "models");
        }
        return line.get(path);
    }

    private Line line() {
        return line(Duration.ZERO);
    }

    private Line line(Duration connect) {
        int first = provider.seconds("first-token-seconds", FIRST_TOKEN_SECONDS);
        int total = provider.seconds("total-seconds", TOTAL_SECONDS);
        Patience patience = new Patience(
                        Duration.ofSeconds(first),
                        Duration.ofSeconds(first),
                        Duration.ofSeconds(provider.seconds("gap-seconds", GAP_SECONDS)),
                        Duration.ofSeconds(total))
                .within(Duration.ofSeconds(total));
        Duration own = Duration.ofSeconds(provider.seconds("connect-seconds", 0));
        Duration connecting = connect.isZero() ? own : connect;
        if (!connecting.isZero()) patience = patience.connecting(connecting);
        Map<String, String> headers =
                new HashMap<>(provider.kind() == ProviderKind.ANTHROPIC ? MessagesWire.HEADERS : Map.of());
        String via = Via.current();
        if (via != null && mayBeDalang()) headers.put(Via.HEADER, via);
        return new Line(http, provider.name(), address(), auth(), headers, patience);
    }

    /** The vendors' own services are none, and need not know what a request came through. */
    private boolean mayBeDalang() {
        return switch (provider.kind()) {
            case OPENAI, OPENAI_COMPATIBLE, ANTHROPIC ->
                !("https".equals(address().getScheme()) && KnownProviders.isVendor(address()));
            case AZURE, GEMINI, VERTEX, BEDROCK, COHERE -> false;
        };
    }

    private URI address() {
        return provider.address();
    }

    private Wire wire(Line line) {
        String name = provider.name();
        return switch (provider.kind()) {
            case OPENAI -> openAi(line, m -> "/chat/completions", m -> "/responses");
            case OPENAI_COMPATIBLE -> {
                Flavour flavour =
                        Objects.requireNonNull(Flavour.named(provider.flavour()), "checked by the configuration");
                yield new ChatWire(flavour, name, line.refusals(), m -> "/chat/completions");
            }
            case AZURE -> openAi(line, azure("/chat/completions"), azure("/responses"));
            case ANTHROPIC -> new MessagesWire(name, line.refusals());
            case GEMINI -> new GeminiWire(name, line.refusals(), false);
            case VERTEX -> new GeminiWire(name, line.refusals(), true);
            case BEDROCK -> new ConverseWire(name, line.refusals());
            case COHERE -> new CohereWire(name, line.refusals());
        };
    }

    private Wire openAi(Line line, Function<String, String> chat, Function<String, String> responses) {
        Wire c = new ChatWire(Flavour.OPENAI, provider.name(), line.refusals(), chat);
        Wire r = new ResponsesWire(provider.name(), line.refusals(), responses);
        return switch (provider.option("api", "auto")) {
            case "chat" -> c;
            case "responses" -> r;
            case "auto" -> new OpenAiWire(c, r);
            default -> throw DalangException.invalidRequest("api is chat, responses or auto", "api");
        };
    }

    /** Azure's paths: below {@code /openai/v1}, or by deployment with a dated version of the API. */
    private Function<String, String> azure(String path) {
        String version = provider.option("api-version", V1);
        if (version.equals(V1) || version.equals("preview") || version.equals("latest")) {
            String query = version.equals(V1) ? "" : "?api-version=" + version;
            return model -> "/openai/v1" + path + query;
        }
        String query = "?api-version=" + Line.segment(version);
        boolean byDeployment = !path.equals("/responses") && !path.equals("/models");
        return model ->
                byDeployment ? "/openai/deployments/" + Line.segment(model) + path + query : "/openai" + path + query;
    }

    private Auth auth() {
        return switch (provider.kind()) {
            case OPENAI, OPENAI_COMPATIBLE, COHERE ->
                provider.key() instanceof KeySource.NoKey ? new Auth.None() : Auth.Header.bearer(key());
            case AZURE ->
                provider.option("auth", "key").equals("bearer")
                        ? Auth.Header.bearer(key())
                        : new Auth.Header("api-key", "", key());
            case ANTHROPIC ->
                provider.option("auth", "key").equals("bearer")
                        ? Auth.Header.bearer(key())
                        : new Auth.Header("x-api-key", "", key());
            case GEMINI -> new Auth.Header("x-goog-api-key", "", key());
            case VERTEX -> vertex();
            case BEDROCK -> bedrock();
        };
    }

    private Secret key() {
        if (provider.key() instanceof KeySource.NoKey) {
            throw Refusals.noKey(
                    provider.name() + " needs a key; `dalang providers add " + provider.name() + "` takes one");
        }
        return keys.key(provider);
    }

    private Auth vertex() {
        String account = provider.options().get("service-account");
        if (account != null) return ServiceAccount.of(Path.of(account), http, Clock.systemUTC());
        return Auth.Header.bearer(key());
    }

    /** A bearer token, or a signature with the secret key; then the access key's id is in the environment too. */
    private Auth bedrock() {
        boolean signed = provider.key() instanceof KeySource.Environment e
                        && e.variable().equals("AWS_SECRET_ACCESS_KEY")
                || provider.option("auth", "bearer").equals("sigv4");
        if (!signed) return Auth.Header.bearer(key());
        String id = environment.getOrDefault("AWS_ACCESS_KEY_ID", "").strip();
        if (id.isEmpty()) {
            throw Refusals.noKey(
                    "requests to " + provider.name() + " are signed, and the variable AWS_ACCESS_KEY_ID is not set");
        }
        String session = environment.getOrDefault("AWS_SESSION_TOKEN", "").strip();
        return new SigV4(
                new SigV4.Credentials(id, key().value(), session.isEmpty() ? null : session),
                provider.option("region", "us-east-1"),
                "bedrock",
                Clock.systemUTC());
    }
}
