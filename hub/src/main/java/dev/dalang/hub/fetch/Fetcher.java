package dev.dalang.hub.fetch;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.hub.store.Claim;
import dev.dalang.hub.store.Digest;
import dev.dalang.hub.store.GgufFacts;
import dev.dalang.hub.store.Library;
import dev.dalang.hub.store.Manifest;
import dev.dalang.hub.store.Partial;
import dev.dalang.hub.store.Role;
import dev.dalang.hub.store.Store;
import dev.dalang.net.Http;
import dev.dalang.net.NetException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Fetches models: first a plan, from what the hub says, then the files, each checked before it gets its name in the store.
 * What a kill, a broken connection or a power cut interrupts, the same call goes on with.
 */
public final class Fetcher {
    private static final Duration RESUMABLE = Duration.ofDays(14);
    private static final long WAIT_MILLIS = 100;
    private static final int BUFFER_BYTES = 1 << 18;
    private static final long SPARE_BYTES = 32L << 20;
    private static final Download.Sizes SIZES = new Download.Sizes(4 << 20, 16, 4);

    private final Http http;
    private final Reach reach;
    private final Store store;
    private final Library library;
    private final HuggingFace huggingFace;
    private final Registry registry;
    private final DirectAddress direct;
    private final Download.Sizes sizes;
    private final Cancellation stop;

    /** One that nobody stops. */
    public Fetcher(Http http, Library library, Map<String, String> environment) {
        this(http, library, environment, Cancellation.NONE);
    }

    /**
     * @param library where files that another tool holds are copied from instead of fetched
     * @param environment for {@code HF_ENDPOINT} and tokens
     * @param stop ends at once whatever goes on here, also where the other side is silent; what came of a file stays, and
     *     the next fetch goes on from there
     */
    public Fetcher(Http http, Library library, Map<String, String> environment, Cancellation stop) {
        this(http, library, environment, SIZES, stop);
    }

    Fetcher(Http http, Library library, Map<String, String> environment, Download.Sizes sizes, Cancellation stop) {
        this.http = http;
        this.reach = new Reach(http, stop);
        this.store = library.store();
        this.library = library;
        this.huggingFace = new HuggingFace(reach, KnownHosts.huggingFace(environment), Tokens.huggingFace(environment));
        this.registry = new Registry(reach, RegistryLogins.of(library.home(), environment));
        this.direct = new DirectAddress(reach);
        this.sizes = sizes;
        this.stop = stop;
    }

    /**
     * What a fetch would bring. Speaks to the hub, but reads nothing of the weights.
     *
     * @throws DalangException (model unavailable) if there is no such model, or it may not be had, with the reason
     */
    public Plan plan(Source source) {
        return switch (source) {
            case Source.HuggingFace h -> huggingFace.plan(h);
            case Source.Ollama o -> registry.plan(o);
            case Source.Oci o -> registry.plan(o);
            case Source.Url u -> direct.plan(u);
        };
    }

    /** Whether a registry ({@code host} or {@code host:port}) takes this name and password. */
    public boolean accepts(String registry, String user, String password) {
        return this.registry.accepts(registry, new RegistryLogins.Login(user, password, "given"));
    }

    /** The plans of all variants of a repository, the customary one first; one plan where there are no variants. */
    public List<Plan> variants(Source source) {
        return source instanceof Source.HuggingFace h ? huggingFace.variants(h) : List.of(plan(source));
    }

    /** The first bytes of a planned file, at most {@code bytes}; from the store where they are there. */
    public byte[] beginning(Plan plan, Plan.PlannedFile file, int bytes) {
        if (file.digest() != null && store.has(file.digest())) {
            Path blob = store.blob(file.digest());
            try (InputStream in = Files.newInputStream(blob)) {
                return in.readNBytes(bytes);
            } catch (IOException e) {
                throw storage(e, blob);
            }
        }
        return reach.beginning(file, "look at " + plan.name(), bytes);
    }

    /**
     * Brings what is missing of a plan and makes the model appear.
     *
     * @throws DalangException (does not fit) when the disk is too small, (upstream) when the bytes are not those that were
     *     promised, (internal) when it was stopped
     */
    public Manifest fetch(Plan plan, Progress progress) {
        goOn();
        Optional<Manifest> there = store.find(plan.name()).filter(m -> isWhole(m, plan));
        if (there.isPresent()) return there.get();
        Set<Digest> known = new HashSet<>();
        for (Plan.PlannedFile f : plan.files()) known.add(f.key());
        checkSpace(plan);
        String revision = plan.origin().location() + "@" + plan.origin().revision();
        Claim claim = store.claim(plan.name(), revision, known, RESUMABLE);
        List<Manifest.ModelFile> files = new ArrayList<>();
        Map<String, String> facts = new LinkedHashMap<>();
        Plan current = plan;
        for (int i = 0; i < plan.files().size(); i++) {
            Plan.PlannedFile f = plan.files().get(i);
            Digest digest;
            try {
                digest = bring(current, current.files().get(i), claim, progress);
            } catch (DalangException e) {
                current = renewed(current, e);
                digest = bring(current, current.files().get(i), claim, progress);
            }
            files.add(new Manifest.ModelFile(f.name(), f.role(), digest, f.bytes()));
            if (f.role() == Role.WEIGHTS && f.name().endsWith(".gguf") && facts.isEmpty()) {
                facts.putAll(checked(store.blob(digest), claim));
            }
        }
        facts.putAll(plan.facts());
        progress.publishes(plan);
        Manifest m = new Manifest(plan.name(), plan.origin(), Instant.now(), files, facts);
        store.publish(m, claim);
        return m;
    }

    /** Nothing to do: the same commit or manifest is here, with all its files. */
    private boolean isWhole(Manifest m, Plan plan) {
        return m.origin().revision() != null
                && m.origin().equals(plan.origin())
                && m.files().stream()
                        .map(Manifest.ModelFile::name)
                        .toList()
                        .equals(plan.files().stream()
                                .map(Plan.PlannedFile::name)
                                .toList())
                && m.digests().stream().allMatch(store::has);
    }

    /** What is no model to the checking reader does not stay. */
    private static Map<String, String> checked(Path blob, Claim claim) {
        try {
            return GgufFacts.of(blob);
        } catch (DalangException e) {
            claim.release();
            throw e;
        }
    }

    /** The same plan with a new token, when a registry's token of a few minutes has run out. */
    private Plan renewed(Plan plan, DalangException why) {
        boolean ranOut = why.failure() instanceof Failure.Upstream u && u.status() == 401;
        if (!ranOut || !(plan.source() instanceof Source.Oci || plan.source() instanceof Source.Ollama)) throw why;
        Plan again = plan(plan.source()).named(plan.name());
        if (!plan.origin().equals(again.origin())
                || again.files().size() != plan.files().size()) throw why;
        return again;
    }

    private Digest bring(Plan plan, Plan.PlannedFile file, Claim claim, Progress progress) {
        boolean told = false;
        while (true) {
            if (file.digest() != null && store.has(file.digest())) {
                progress.begins(file, file.bytes());
                progress.ends(file);
                return file.digest();
            }
            Optional<Partial> mine = store.partial(file.key());
            if (mine.isPresent()) {
                try (Partial partial = mine.get()) {
                    // Whoever had it a moment ago may have finished it.
                    if (file.digest() != null && store.has(file.digest())) continue;
                    return download(plan, file, partial, claim, progress);
                }
            }
            if (!told) progress.waits(file);
            told = true;
            goOn();
            sleep();
        }
    }

    private Digest download(Plan plan, Plan.PlannedFile file, Partial partial, Claim claim, Progress progress) {
        try {
            for (int attempt = 1; ; attempt++) {
                // A copy has no journal: half of one says nothing, and is made anew.
                boolean resumed = Files.exists(partial.journal());
                Path held = resumed || attempt > 1 || file.digest() == null
                        ? null
                        : library.fileOf(file.digest()).orElse(null);
                if (held != null) {
                    resumed = true;
                    progress.begins(file, 0);
                    copy(held, file, partial, progress);
                } else {
                    new Download(http, "pull " + plan.name(), file, partial, progress, sizes, stop).run();
                }
                progress.verifies(file);
                Hashes h = hashes(partial.data(), file.bytes());
                if (h.match(file)) {
                    partial.finish(h.sha256(), claim);
                    progress.ends(file);
                    return h.sha256();
                }
                partial.reset();
                // What lay here may have been damaged; what came in one go was wrong at its source.
                if (!resumed || attempt > 1) {
                    throw Failures.upstream(
                            "the bytes of " + file.name() + " from "
                                    + file.address().getHost() + " are not those that "
                                    + (file.digest() == null ? file.gitBlob() : file.digest())
                                    + " names; nothing of them was kept",
                            0);
                }
                progress.came(file, -file.bytes());
            }
        } catch (NetException e) {
            throw Failures.of(e);
        } catch (IOException e) {
            throw storage(e, partial.data());
        }
    }

    /** What another tool holds already. */
    private void copy(Path held, Plan.PlannedFile file, Partial partial, Progress progress) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(held);
                OutputStream out = Files.newOutputStream(partial.data())) {
            for (int n; (n = in.read(buffer)) >= 0; ) {
                goOn();
                out.write(buffer, 0, n);
                progress.came(file, n);
            }
        }
    }

    /** The hashes of a file's bytes that something may have promised. */
    private record Hashes(Digest sha256, String gitBlob) {

        boolean match(Plan.PlannedFile f) {
            return (f.digest() == null || f.digest().equals(sha256))
                    && (f.gitBlob() == null || f.gitBlob().equals(gitBlob));
        }
    }

    private Hashes hashes(Path file, long bytes) throws IOException {
        MessageDigest sha256 = Digest.sha256();
        MessageDigest git = sha1();
        git.update(("blob " + bytes + "\0").getBytes(StandardCharsets.US_ASCII));
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n; (n = in.read(buffer)) >= 0; ) {
                goOn();
                sha256.update(buffer, 0, n);
                git.update(buffer, 0, n);
            }
        }
        return new Hashes(Digest.finish(sha256), HexFormat.of().formatHex(git.digest()));
    }

    private static MessageDigest sha1() {
        try {
            return MessageDigest.getInstance("SHA-1"); // git's; the sha-256 is what the store goes by
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private void goOn() {
        if (stop.isCancelled()) throw Failures.stopped();
    }

    private void checkSpace(Plan plan) {
        long needed = SPARE_BYTES;
        Set<Digest> counted = new HashSet<>();
        for (Plan.PlannedFile f : plan.files()) {
            boolean there = f.digest() != null && store.has(f.digest());
            if (!there && counted.add(f.key())) needed += f.bytes() - store.partialBytes(f.key());
        }
        long free = store.diskFree();
        if (free >= needed) return;
        throw new DalangException(new Failure.DoesNotFit(
                plan.name() + " needs " + needed + " more bytes of disk, but " + store.root() + " has " + free
                        + " free; `dalang du` shows what takes it, `dalang rm` makes room, and DALANG_HOME moves the store",
                needed,
                free));
    }

    private static DalangException storage(IOException e, Path at) {
        return new DalangException(new Failure.Storage(at + ": " + e.getMessage(), at.toString()), e);
    }

    private static void sleep() {
        try {
            Thread.sleep(WAIT_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failures.upstream("interrupted", 0);
        }
    }
}
