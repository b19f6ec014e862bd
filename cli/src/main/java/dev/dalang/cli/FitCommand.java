package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.engine.format.ModelSource;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.fetch.Plan;
import dev.dalang.hub.fetch.Source;
import dev.dalang.hub.fit.FitTable;
import dev.dalang.hub.fit.Machine;
import dev.dalang.hub.fit.ModelShape;
import dev.dalang.hub.fit.Quantisations;
import dev.dalang.hub.fit.Rates;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dalang fit}: will it run here, how fast, and what would make it fit. */
@Command(
        name = "fit",
        description = "Show whether a model will fit this machine, before any download.",
        footer = {"", "Exit status 4 when nothing of it fits.", "Example: dalang fit qwen3:8b -c 8192,32768"})
final class FitCommand implements Callable<Integer> {

    /** Each costs a request. */
    private static final int MAX_VARIANTS = 12;

    @Parameters(
            paramLabel = "MODEL",
            description = "A model that is here, a name of the catalogue, or a place as for pull.")
    @SuppressWarnings("NullAway.Init") // picocli's
    String model;

    @Option(
            names = {"-c", "--contexts"},
            paramLabel = "N",
            split = ",",
            description = "Context lengths. Default: 4096, 16384 and the model's own.")
    List<Integer> contexts = List.of();

    @Option(
            names = {"-r", "--requests"},
            paramLabel = "N",
            split = ",",
            description = "Requests answered at the same time. Default: 1 and 4.")
    List<Integer> requests = List.of(1, 4);

    @Option(
            names = "--cache-type",
            paramLabel = "TYPE",
            description = "How keys and values are kept: f32, f16, bf16, q8_0 or q4_0. Default: f16.")
    String cacheType = "f16";

    @Option(names = "--quant", paramLabel = "TYPE", description = "This quantisation only.")
    @Nullable
    String quantisation;

    @Option(names = "--measure", description = "Measure this machine again.")
    boolean measure;

    @Option(names = "--no-speed", description = "Leave out the speed, which is measured at first use.")
    boolean noSpeed;

    @Option(names = "--json", description = "As JSON.")
    boolean json;

    @Mixin
    FitFlags flags = new FitFlags();

    @Mixin
    NetFlags net = new NetFlags();

    private final Surroundings around;

    FitCommand(Surroundings around) {
        this.around = around;
    }

    @Override
    public Integer call() {
        // Before a measurement, which may take half a minute.
        for (int c : contexts) if (c < 1) throw Errors.usage("a context must be at least 1, not " + c);
        for (int r : requests) if (r < 1) throw Errors.usage("requests must be at least 1, not " + r);
        LoadOptions options = flags.options().withCacheType(Engine.cacheType(cacheType));
        CatalogueAccess access = new CatalogueAccess(around);
        Optional<Path> here = ModelArgument.find(model, around.store());
        Optional<Source> place = here.isPresent() ? Optional.empty() : Source.parse(model);
        Optional<CatalogueModel> known =
                here.isPresent() || place.isPresent() ? Optional.empty() : Optional.of(access.downloadable(model));
        List<ModelShape> shapes = here.isPresent()
                ? ofFile(here.get())
                : place.isPresent() ? ofPlace(place.get()) : ofCatalogue(known.orElseThrow());
        MachineMemory memory = new MachineMemory(around, options, measure);
        Rates rates = noSpeed || shapes.isEmpty() ? null : memory.rates(MachineMemory.types(shapes));
        Machine machine = memory.machine(around.store().folder());
        FitTable table = FitTable.of(shapes, wish(options, here.isPresent()), machine, rates);
        FitReport report = new FitReport(around, model, known.orElse(null), machine, options.cacheType(), table);
        if (json) around.out().println(Json.pretty(report.tree()));
        else report.print();
        return table.recommended() == null ? ExitCode.DOES_NOT_FIT : ExitCode.DONE;
    }

    private FitTable.Wish wish(LoadOptions options, boolean onDisk) {
        List<Integer> wanted = contexts.isEmpty() ? List.of(4096, 16_384, Integer.MAX_VALUE) : contexts;
        return new FitTable.Wish(wanted, requests, options.cacheType(), options.batch(), onDisk);
    }

    private List<ModelShape> ofFile(Path path) {
        try (ModelSource source = ModelFiles.open(path)) {
            return List.of(FileShape.of(model, source, ModelFiles.tensorBytes(source)));
        }
    }

    /** All variants of a repository, by their headers. */
    private List<ModelShape> ofPlace(Source place) {
        List<ModelShape> shapes = new ArrayList<>();
        try (HubAccess hub = HubAccess.open(around, net, place)) {
            for (Plan plan : hub.fetcher().variants(place)) {
                RemoteHeader.shape(hub.fetcher(), plan).ifPresent(shapes::add);
                if (shapes.size() == MAX_VARIANTS) break;
            }
        }
        if (shapes.isEmpty()) {
            throw DalangException.invalidRequest(model + " has no GGUF file whose header could be looked at", "model");
        }
        return shapes;
    }

    private List<ModelShape> ofCatalogue(CatalogueModel m) {
        List<ModelShape> shapes = new ArrayList<>();
        for (Quantisations.Choice c : Quantisations.of(m)) {
            if (quantisation == null || c.shape().quantisation().equalsIgnoreCase(quantisation)) shapes.add(c.shape());
        }
        if (shapes.isEmpty()) {
            throw DalangException.invalidRequest(
                    quantisation == null
                            ? "the catalogue does not know how large " + m.name() + " is"
                            : "no " + quantisation + " of " + m.name() + " is known",
                    "quant");
        }
        return shapes;
    }
}
