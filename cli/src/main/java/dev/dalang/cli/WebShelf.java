package dev.dalang.cli;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.engine.format.BlockType;
import dev.dalang.engine.generate.LoadOptions;
import dev.dalang.hub.catalogue.CatalogueModel;
import dev.dalang.hub.catalogue.CatalogueModel.Access;
import dev.dalang.hub.fetch.Plan;
import dev.dalang.hub.fit.FitTable;
import dev.dalang.hub.fit.ModelShape;
import dev.dalang.hub.fit.Quantisations;
import dev.dalang.hub.licence.Licence;
import dev.dalang.hub.pull.Place;
import dev.dalang.hub.pull.PullCheck;
import dev.dalang.hub.pull.PullWatch;
import dev.dalang.hub.store.InstalledModel;
import dev.dalang.hub.store.Library;
import dev.dalang.server.http.Json;
import dev.dalang.server.web.Shelf;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The page's models: the same catalogue, store, checks and reports that the commands have. */
final class WebShelf implements Shelf {

    /** A recommendation leaves the rest of the memory to the others. */
    private static final double SHARE_OF_MEMORY = 0.6;

    /** Larger ones write slower than people read, on processors of today. */
    private static final double PARAMETERS_MOST = 5e9;

    /** Whether two hundred models fit is not computed anew for every look. */
    private static final long FRESH_NANOS = 15_000_000_000L;

    private final Surroundings around;
    private final LoadOptions options;
    private final Runnable changed;
    private @Nullable JsonNode catalogue;
    private long catalogueAt;

    /** @param changed told when models came or went */
    WebShelf(Surroundings around, LoadOptions options, Runnable changed) {
        this.around = around;
        this.options = options;
        this.changed = changed;
    }

    @Override
    public synchronized JsonNode catalogue() {
        JsonNode held = catalogue;
        long now = System.nanoTime();
        if (held == null || now - catalogueAt > FRESH_NANOS) {
            held = readCatalogue();
            catalogue = held;
            catalogueAt = now;
        }
        return held;
    }

    private synchronized void forget() {
        catalogue = null;
        changed.run();
    }

    private JsonNode readCatalogue() {
        CatalogueAccess access = new CatalogueAccess(around);
        long memory = new Machine().memoryAvailable();
        FitsHere here = new FitsHere(memory, Machine.diskFree(around.store().folder()));
        List<String> installed =
                around.store().list().stream().map(InstalledModel::name).toList();
        ArrayNode models = Json.array();
        CatalogueModel best = null;
        for (CatalogueModel m : access.catalogue().models()) {
            Licence l = access.licences().named(m.licence());
            ModelShape fits = m.access() == Access.OPEN && m.parameters() != null ? here.best(m) : null;
            models.add(node(m, l, fits, installed.contains(m.name())));
            if (fits != null && isBetter(m, l, fits, memory, best)) best = m;
        }
        ObjectNode tree = Json.object()
                .put("date", access.catalogue().date().toString())
                .put("recommended", best == null ? null : best.name());
        tree.set("models", models);
        return tree;
    }

    private static ObjectNode node(CatalogueModel m, Licence l, @Nullable ModelShape fits, boolean installed) {
        boolean open = m.access() == Access.OPEN;
        ObjectNode node = Json.object()
                .put("name", m.name())
                .put("title", m.title())
                .put("publisher", m.publisher())
                .put("family", m.family())
                .put("access", m.access().word())
                .put("parameters", m.parameters())
                .put("context", m.context())
                .put("released", m.released() == null ? null : m.released().toString())
                .put("licence", l.id())
                .put("licence_name", l.name())
                .put("commercial", l.commercial().name().toLowerCase(Locale.ROOT))
                .put("consent", open && l.consent())
                .put("gated", m.gated())
                .put("reach", m.reach())
                .put("note", m.note())
                .put("runs", open && CatalogueAccess.runs(m))
                .put("installed", installed);
        node.set("capabilities", words(m.capabilities()));
        node.set("languages", words(m.languages()));
        node.set("nearest", words(m.nearest()));
        if (fits != null) {
            node.put("fits", fits.quantisation())
                    .put("fits_bytes", fits.fileBytes())
                    .put("need_bytes", FitsHere.need(fits));
        } else if (open && m.parameters() != null) {
            Quantisations.of(m).stream()
                    .map(Quantisations.Choice::shape)
                    .min(Comparator.comparingLong(ModelShape::fileBytes))
                    .ifPresent(s -> node.put("need_bytes", FitsHere.need(s)));
        }
        return node;
    }

    private static ObjectNode node(Licence l) {
        return Json.object()
                .put("id", l.id())
                .put("name", l.name())
                .put("summary", l.summary())
                .put("commercial", l.commercial().name().toLowerCase(Locale.ROOT))
                .put("user_limit", l.userLimit())
                .put("attribution", l.attribution())
                .put("derivatives", l.derivatives())
                .put("acceptable_use", l.acceptableUse())
                .put("consent", l.consent())
                .put("url", l.url());
    }

    private static ArrayNode words(Iterable<String> all) {
        ArrayNode words = Json.array();
        all.forEach(words::add);
        return words;
    }

    /** Of those that may be used for anything and leave room: the largest, then the newest. */
    private static boolean isBetter(
            CatalogueModel m, Licence l, ModelShape fits, long memory, @Nullable CatalogueModel best) {
        Long parameters = m.parameters();
        if (parameters == null) return false;
        boolean good = parameters <= PARAMETERS_MOST
                && CatalogueAccess.runs(m)
                && !m.gated()
                && !l.consent()
                && m.successor() == null
                && l.commercial() == Licence.Commercial.YES
                && FitsHere.need(fits) <= memory * SHARE_OF_MEMORY
                && Place.file(m, fits.quantisation()) != null;
        if (!good) return false;
        Long most = best == null ? null : best.parameters();
        if (best == null || most == null) return true;
        int larger = parameters.compareTo(most);
        if (larger != 0) return larger > 0;
        return m.released() != null && best.released() != null && m.released().isAfter(best.released());
    }

    @Override
    public JsonNode model(String name) {
        CatalogueAccess access = new CatalogueAccess(around);
        CatalogueModel m = access.find(name).orElseThrow(() -> access.unknown(name));
        ObjectNode tree = Json.object().put("model", m.name()).put("weights", m.weights());
        if (m.access() == Access.HOSTED) return tree;
        Licence l = access.licences().named(m.licence());
        tree.set("licence", node(l));
        List<ModelShape> shapes =
                Quantisations.of(m).stream().map(Quantisations.Choice::shape).toList();
        if (shapes.isEmpty()) return tree;
        MachineMemory memory = new MachineMemory(around, options, false);
        FitTable.Wish wish = new FitTable.Wish(
                List.of(4096, 16_384, Integer.MAX_VALUE), List.of(1), BlockType.F16, options.batch(), false);
        dev.dalang.hub.fit.Machine machine = memory.machine(around.store().folder());
        FitTable table = FitTable.of(shapes, wish, machine, memory.rates(MachineMemory.types(shapes)));
        tree.set("fit", tree(new FitReport(around, name, m, machine, wish.cacheType(), table).tree()));
        return tree;
    }

    @Override
    public JsonNode installed() {
        Library library = around.store();
        ArrayNode models = Json.array();
        for (InstalledModel m : library.list()) {
            models.add(Json.object()
                    .put("name", m.name())
                    .put("bytes", m.bytes())
                    .put("holder", m.holder().word())
                    .put("removable", m.holder() == InstalledModel.Holder.DALANG && m.manifest() != null));
        }
        var usage = library.store().usage();
        ObjectNode tree = Json.object()
                .put("folder", library.folder().toString())
                .put("blobs", usage.blobs())
                .put("partial", usage.partial())
                .put("disk_free", Machine.diskFree(library.folder()));
        tree.set("models", models);
        return tree;
    }

    @Override
    public void pull(
            String name, @Nullable String quantisation, Set<String> accepted, Watch watch, Cancellation cancellation) {
        // Nobody at the server's terminal is asked what the person at the page has to say.
        Surroundings here = around.unattended(cancellation);
        CatalogueAccess access = new CatalogueAccess(here);
        Place place = Place.of(name, quantisation, access.catalogue());
        PullFlags flags = new PullFlags();
        flags.accepted = List.copyOf(accepted);
        try (HubAccess hub = HubAccess.open(here, new NetFlags(), place.source())) {
            LicenceCheck licence =
                    new LicenceCheck(here, hub, access, flags, name).telling(l -> watch.consent(node(l)));
            List<PullCheck> checks = List.of(licence, new FitCheck(here, hub, flags));
            hub.puller().pull(place.source(), place.name(), checks, new Relay(watch));
        }
        forget();
    }

    @Override
    public void remove(String name) {
        Library library = around.store();
        InstalledModel m = library.find(name)
                .orElseThrow(() -> new DalangException(
                        new Failure.ModelUnavailable("no model named " + name + " in the store", name)));
        if (m.holder() != InstalledModel.Holder.DALANG) {
            throw new DalangException(new Failure.PermissionDenied(
                    m.name() + " lies in " + m.path() + " and is not the store's to remove"));
        }
        if (!library.store().remove(m.name())) {
            throw new DalangException(new Failure.ModelUnavailable("no model named " + name + " in the store", name));
        }
        forget();
    }

    private static JsonNode tree(Map<String, @Nullable Object> report) {
        return Json.parse(dev.dalang.cli.Json.pretty(new LinkedHashMap<>(report)));
    }

    /** From the fetcher's words to the page's. */
    private static final class Relay implements PullWatch {
        private final Watch watch;
        private long total;
        private long done;

        Relay(Watch watch) {
            this.watch = watch;
        }

        @Override
        public void status(String words) {
            watch.status(words);
        }

        @Override
        public synchronized void starts(Plan plan) {
            total = plan.bytes();
        }

        @Override
        public synchronized void begins(Plan.PlannedFile file, long already) {
            done += already;
            watch.bytes(Math.min(done, total), total);
        }

        @Override
        public synchronized void came(Plan.PlannedFile file, long bytes) {
            done += bytes;
            watch.bytes(Math.clamp(done, 0, total), total);
        }
    }
}
