package dev.dalang.cli;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The keys of the configuration file; each is also a flag {@code --key} and a variable {@code DALANG_KEY}. */
enum Setting {
    MODEL(Kind.TEXT, "", "The model that `dalang run` takes when none is named."),
    KERNELS(Kind.TEXT, "auto", "Tensor arithmetic: auto, exact, scalar, vector or native."),
    THREADS(Kind.INTEGER, "", "Threads to compute on; the default is the number of cores."),
    CONTEXT(Kind.INTEGER, "", "Context length in tokens; the default is the model's, as far as memory allows."),
    CACHE_TYPE(Kind.TEXT, "f16", "How keys and values are kept: f32, f16, bf16, q8_0 or q4_0."),
    TEMPERATURE(Kind.NUMBER, "", "Randomness of the answers; 0 is none."),
    TOP_K(Kind.INTEGER, "", "Draw from the K likeliest tokens only; 0 is off."),
    TOP_P(Kind.NUMBER, "", "Draw from the likeliest tokens that together reach this probability; 1 is off."),
    MIN_P(Kind.NUMBER, "", "Draw from tokens at least this likely, relative to the likeliest; 0 is off."),
    REPEAT_PENALTY(Kind.NUMBER, "", "Make tokens that came up less likely; 1 is off."),
    SEED(Kind.INTEGER, "", "Seed of the random numbers; the default is a new one each time."),
    MAX_TOKENS(Kind.INTEGER, "", "Longest answer in tokens."),
    LICENCE_POLICY(
            Kind.TEXT,
            "",
            "Which licences may come in: no-non-commercial, commercial, osi-only, no-user-limits, no-unknown,"
                    + " allow:ID+ID, deny:ID+ID; several with commas."),
    CATALOGUE_URL(Kind.TEXT, "", "Where `dalang catalogue update` fetches a newer catalogue."),
    CATALOGUE_KEY(Kind.TEXT, "", "A further key, beside the project's, that may sign a catalogue."),
    OFFLINE(Kind.FLAG, "false", "Make no connections at all."),
    ALLOW_HOSTS(Kind.TEXT, "", "Hosts to allow besides the model hubs: example.com, *.example.com, example.com:8443."),
    ALLOW_PRIVATE(Kind.TEXT, "", "Hosts of this machine or its network that may be reached, like localhost:8443."),
    CA_FILE(Kind.TEXT, "", "Certificates (PEM) to trust besides the usual ones."),
    BANDWIDTH(Kind.TEXT, "", "Most bytes a second to fetch, like 500k or 10M."),
    HOST(Kind.TEXT, "127.0.0.1", "Where `dalang serve` listens."),
    PORT(Kind.INTEGER, "3252", "The port that `dalang serve` listens on; 0 lets the system choose."),
    TLS_CERT(Kind.TEXT, "", "The server's certificate with its chain (PEM)."),
    TLS_KEY(Kind.TEXT, "", "The certificate's private key (PEM, PKCS #8)."),
    CLIENT_CA(Kind.TEXT, "", "Certificates (PEM); clients must show one that these have signed."),
    CLIENT_CERT(
            Kind.TEXT,
            "",
            "The certificate (PEM) that `dalang ps`, `stop`, `top`, `keys link` and `doctor` show the server."),
    CLIENT_KEY(Kind.TEXT, "", "That certificate's private key (PEM, PKCS #8)."),
    SERVER_NAME(Kind.TEXT, "", "Names by which the server may be called besides localhost; several with commas."),
    CORS_ORIGIN(Kind.TEXT, "", "Origins of web pages that may call the server; several with commas."),
    KEEP_ALIVE(Kind.TEXT, "5m", "How long the server keeps a model in memory after an answer; -1 for ever."),
    MODEL_MEMORY(Kind.TEXT, "", "Most memory for models and their caches, like 24G; the default is 80 % of it."),
    ACCESS_LOG(Kind.TEXT, "stderr", "Where the server writes a line for each request: stderr, off or a file."),
    OTLP_ENDPOINT(
            Kind.TEXT, "", "The OpenTelemetry collector that the server sends traces to, like http://localhost:4318."),
    OTLP_HEADERS(Kind.TEXT, "", "Headers for the collector, like api-key=SECRET; several with commas."),
    OTLP_CONTENT(Kind.FLAG, "false", "Put prompts and answers into traces."),
    LEDGER(Kind.TEXT, "", "The ledger's address, like jdbc:postgresql://HOST/DATABASE; the default is a file here."),
    LEDGER_AWAY(
            Kind.TEXT, "stop", "What becomes of requests while the ledger's database does not answer: stop or go_on."),
    UNKNOWN_PRICE(Kind.TEXT, "flag", "What becomes of requests whose cost is not known: flag or refuse."),
    KEEP_TEXTS(Kind.FLAG, "false", "Keep prompts and answers in the ledger."),
    POWER_WATTS(Kind.NUMBER, "", "What this machine draws while it answers, to price its answers."),
    POWER_TARIFF(Kind.NUMBER, "", "US dollars for a kilowatt hour here."),
    MACHINE_PRICE(Kind.NUMBER, "", "US dollars that this machine cost."),
    MACHINE_HOURS(Kind.INTEGER, "20000", "Hours of use over which its price is spread."),
    VERBOSE(Kind.FLAG, "false", "Show counts and speeds after each answer.");

    enum Kind {
        TEXT,
        INTEGER,
        NUMBER,
        FLAG
    }

    final Kind kind;
    final String initial;
    final String purpose;

    Setting(Kind kind, String initial, String purpose) {
        this.kind = kind;
        this.initial = initial;
        this.purpose = purpose;
    }

    /** As in the file and, behind two dashes, on the command line. */
    String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    String variable() {
        return "DALANG_" + name();
    }

    static @Nullable Setting of(String key) {
        for (Setting s : values()) {
            if (s.key().equals(key)) return s;
        }
        return null;
    }

    /** A value as it is read on: variables of other tools say 1 and 0 where ours say true and false. */
    String canonical(String value) {
        if (kind != Kind.FLAG) return value;
        return switch (value) {
            case "1" -> "true";
            case "0" -> "false";
            default -> value;
        };
    }

    /** What is wrong with a value, or null. */
    @Nullable
    String objection(String value) {
        try {
            switch (kind) {
                case TEXT -> {}
                case INTEGER -> Long.parseLong(value);
                case NUMBER -> Double.parseDouble(value);
                case FLAG -> {
                    if (!value.equals("true") && !value.equals("false")) return "true or false";
                }
            }
            return null;
        } catch (NumberFormatException e) {
            return kind == Kind.INTEGER ? "a whole number" : "a number";
        }
    }
}
