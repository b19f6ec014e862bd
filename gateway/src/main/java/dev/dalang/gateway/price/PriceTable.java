package dev.dalang.gateway.price;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What hosted models cost: the dated list that comes with Dalang, and over it the user's own. A model that is not in it has
 * no known price, which is never zero.
 */
public final class PriceTable {

    private static final String BUILT_IN = "prices.json";
    private static final long MOST_BYTES = 16 << 20;

    /** Snapshots of a model cost what the model costs, where nothing else is said: {@code -2025-08-07}, {@code -20250929}. */
    private static final Pattern SNAPSHOT = Pattern.compile("(-\\d{4}-\\d{2}-\\d{2}|-\\d{8}|-latest)$");

    private final String version;
    private final Map<String, ModelPrice> byName;
    private final Map<String, ModelPrice> models;

    private PriceTable(String version, Map<String, ModelPrice> models, Map<String, ModelPrice> byName) {
        this.version = version;
        this.models = models;
        this.byName = byName;
    }

    /** By name and alias, where a name goes before another's alias. */
    private static Map<String, ModelPrice> byName(Map<String, ModelPrice> models) {
        Map<String, ModelPrice> all = new TreeMap<>();
        for (ModelPrice p : models.values()) for (String alias : p.aliases()) all.putIfAbsent(alias, p);
        all.putAll(models);
        return all;
    }

    /** Without prices, for what only models of this machine answer. */
    public static PriceTable none() {
        return new PriceTable("none", Map.of(), Map.of());
    }

    /** The list that comes with Dalang. */
    public static PriceTable builtIn() {
        try (InputStream in = PriceTable.class.getResourceAsStream(BUILT_IN)) {
            if (in == null) throw new IllegalStateException("the price list is missing");
            PriceFile file = PriceFile.read(new String(in.readAllBytes(), StandardCharsets.UTF_8), "the price list");
            return new PriceTable(file.version(), file.models(), byName(file.models()));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * This table with a user's own file over it, whose entries replace those of the same name; an alias there is the user's
     * word too, and goes before a name of this table.
     *
     * @throws DalangException naming the entry that is wrong: a hole, a negative price, a field that does not exist
     */
    public PriceTable with(Path file) {
        byte[] bytes;
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw DalangException.invalidRequest(file + " is too long for a price file", null);
            }
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new DalangException(
                    new Failure.Storage(
                            "the price file " + file + " cannot be read: " + e.getMessage(), file.toString()),
                    e);
        }
        PriceFile own = PriceFile.read(new String(bytes, StandardCharsets.UTF_8), file.toString());
        Map<String, ModelPrice> all = new TreeMap<>(models);
        all.putAll(own.models());
        Map<String, ModelPrice> names = byName(all);
        names.putAll(byName(own.models()));
        return new PriceTable(version + "+" + digest(bytes), all, names);
    }

    /** What the ledger notes with each price: the list's date, and a digest of the user's file where there is one. */
    public String version() {
        return version;
    }

    public Collection<ModelPrice> models() {
        return models.values();
    }

    /**
     * The price of {@code provider/model}: by its name, as a snapshot of a model that is there, or, with Bedrock, by the
     * kind of its region.
     */
    public Optional<ModelPrice> find(String model) {
        ModelPrice exact = byName.get(model);
        if (exact != null) return Optional.of(exact);
        if (model.startsWith("bedrock/")) {
            String inner = model.substring("bedrock/".length());
            String region = inner.replaceFirst("^(us-gov|us|eu|apac|jp|au|ca)\\.", "regional.");
            ModelPrice regional = byName.get("bedrock/" + region);
            if (regional != null) return Optional.of(regional);
            // A model that is called by its bare name runs in one region.
            regional = byName.get("bedrock/regional." + inner);
            if (regional != null) return Optional.of(regional);
        }
        String family = SNAPSHOT.matcher(model).replaceFirst("");
        return family.equals(model) ? Optional.empty() : Optional.ofNullable(byName.get(family));
    }

    private static String digest(byte[] bytes) {
        try {
            byte[] sha = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(sha, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
