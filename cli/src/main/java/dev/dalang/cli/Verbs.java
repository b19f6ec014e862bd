package dev.dalang.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine;

/**
 * All verbs, in the order of the help. Each is made only when it is asked for: picocli reads the annotations of every
 * command that it is given, which for all of them takes longer than the rest of the start.
 */
final class Verbs {
    private static final Map<String, Function<Surroundings, Object>> ALL = all();

    /** What asks for no verb. */
    static final List<String> VERSION = List.of("-V", "--version");

    private Verbs() {}

    /**
     * Adds what {@code args} need to {@code line}: the verb that they begin with; all where they begin with none, as help
     * and suggestions want them.
     */
    static void add(CommandLine line, Surroundings around, String... args) {
        if (args.length == 1 && VERSION.contains(args[0])) return;
        Function<Surroundings, Object> asked = args.length == 0 ? null : ALL.get(args[0]);
        if (asked != null) line.addSubcommand(asked.apply(around));
        else ALL.values().forEach(verb -> line.addSubcommand(verb.apply(around)));
    }

    private static Map<String, Function<Surroundings, Object>> all() {
        Map<String, Function<Surroundings, Object>> verbs = new LinkedHashMap<>();
        verbs.put("run", RunCommand::new);
        verbs.put("pull", PullCommand::new);
        verbs.put("list", ListCommand::new);
        verbs.put("show", ShowCommand::new);
        verbs.put("search", SearchCommand::new);
        verbs.put("fit", FitCommand::new);
        verbs.put("licences", LicencesCommand::new);
        verbs.put("outdated", OutdatedCommand::new);
        verbs.put(
                "catalogue",
                around -> new CommandLine(new CatalogueCommand(around))
                        .addSubcommand(new CatalogueUpdateCommand(around))
                        .addSubcommand(new CatalogueSignCommand(around))
                        .addSubcommand(new CatalogueKeyCommand(around)));
        verbs.put("serve", ServeCommand::new);
        verbs.put("ps", PsCommand::new);
        verbs.put("stop", StopCommand::new);
        verbs.put("top", TopCommand::new);
        verbs.put(
                "keys",
                around -> new CommandLine(new KeysCommand())
                        .addSubcommand(new KeysCreateCommand(around))
                        .addSubcommand(new KeysListCommand(around))
                        .addSubcommand(new KeysRevokeCommand(around))
                        .addSubcommand(new KeysLinkCommand(around)));
        verbs.put(
                "usage",
                around -> new CommandLine(new UsageCommand(around))
                        .addSubcommand(new UsageReconcileCommand(around))
                        .addSubcommand(new UsageWhatIfCommand(around))
                        .addSubcommand(new UsageExportCommand(around))
                        .addSubcommand(new UsageForgetCommand(around)));
        verbs.put("prices", PricesCommand::new);
        verbs.put(
                "budgets",
                around -> new CommandLine(new BudgetsCommand())
                        .addSubcommand(new BudgetsSetCommand(around))
                        .addSubcommand(new BudgetsListCommand(around))
                        .addSubcommand(new BudgetsRemoveCommand(around)));
        verbs.put(
                "route", around -> new CommandLine(new RouteCommand()).addSubcommand(new RouteExplainCommand(around)));
        verbs.put("rm", RmCommand::new);
        verbs.put("cp", CpCommand::new);
        verbs.put("import", ImportCommand::new);
        verbs.put("export", ExportCommand::new);
        verbs.put("du", DuCommand::new);
        verbs.put("verify-store", VerifyStoreCommand::new);
        verbs.put("egress", EgressCommand::new);
        verbs.put(
                "providers",
                around -> new CommandLine(new ProvidersCommand())
                        .addSubcommand(new ProvidersAddCommand(around))
                        .addSubcommand(new ProvidersListCommand(around))
                        .addSubcommand(new ProvidersTestCommand(around))
                        .addSubcommand(new ProvidersRemoveCommand(around)));
        verbs.put("login", LoginCommand::new);
        verbs.put("logout", LogoutCommand::new);
        verbs.put("redact", RedactCommand::new);
        verbs.put(
                "policy",
                around -> new CommandLine(new PolicyCommand(around)).addSubcommand(new PolicyCheckCommand(around)));
        verbs.put("tokenize", TokenizeCommand::new);
        verbs.put("embed", EmbedCommand::new);
        verbs.put("perplexity", PerplexityCommand::new);
        verbs.put("quantize", QuantizeCommand::new);
        verbs.put("train", TrainCommand::new);
        verbs.put("tune", TuneCommand::new);
        verbs.put("bench", BenchCommand::new);
        verbs.put("doctor", DoctorCommand::new);
        verbs.put(
                "debug",
                around -> new CommandLine(new DebugCommand())
                        .addSubcommand(new DebugLogitsCommand(around))
                        .addSubcommand(new DebugTokensCommand(around))
                        .addSubcommand(new DebugModelCommand())
                        .addSubcommand(new DebugMiniCommand(around))
                        .addSubcommand(new DebugRehearseCommand(around))
                        .addSubcommand(new DebugRenderCommand(around)));
        verbs.put("completion", CompletionCommand::new);
        return verbs;
    }
}
