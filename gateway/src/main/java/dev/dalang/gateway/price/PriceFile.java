package dev.dalang.gateway.price;

import dev.dalang.api.DalangException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A price file, read strictly: what is not understood, missing or below zero is refused with the entry's name, since a
 * typing error here would be a wrong bill. See {@code docs/PRICES.md} for the form.
 *
 * @param version of the list, for the ledger
 */
record PriceFile(String version, Map<String, ModelPrice> models) {

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(200)
                            .maxNumberLength(64)
                            .maxStringLength(4096)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** No token costs as much; a price per million was given per token, or the other way round. */
    private static final BigDecimal MOST_PER_MILLION = new BigDecimal("10000");

    private static final int MOST_DIGITS = 40;

    private static final Set<String> TIERS = Set.of("batch", "flex", "priority");

    static PriceFile read(String text, String what) {
        JsonNode root;
        try {
            // Some editors begin a file with a mark of its encoding.
            root = JSON.readTree(text.startsWith("\uFEFF") ? text.substring(1) : text);
        } catch (JacksonException e) {
            throw wrong(what, "is not JSON: " + e.getOriginalMessage());
        }
        only(root, what, "version", "currency", "unit", "models");
        if (!"USD".equals(text(root, "currency", what))) throw wrong(what, "must be in USD");
        if (!"1 million tokens".equals(text(root, "unit", what))) throw wrong(what, "must be per \"1 million tokens\"");
        String version = text(root, "version", what);
        Map<String, ModelPrice> models = new TreeMap<>();
        JsonNode list = root.path("models");
        if (!list.isArray()) throw wrong(what, "has no list of models");
        for (JsonNode m : list) {
            ModelPrice price = model(m, what + ", entry " + (models.size() + 1));
            if (models.putIfAbsent(price.model(), price) != null) {
                throw wrong(what, "names " + price.model() + " twice");
            }
        }
        Map<String, String> owners = new HashMap<>();
        for (ModelPrice price : models.values()) {
            for (String alias : price.aliases()) {
                String other = models.containsKey(alias) ? alias : owners.putIfAbsent(alias, price.model());
                if (other != null)
                    throw wrong(what, "has two prices for " + alias + ", " + other + "'s and " + price.model() + "'s");
            }
        }
        return new PriceFile(version, models);
    }

    private static ModelPrice model(JsonNode m, String entry) {
        String name = text(m, "model", entry);
        String what = entry + " (" + name + ")";
        only(
                m,
                what,
                "model",
                "aliases",
                "context",
                "max_output",
                "prices",
                "tiers",
                "above",
                "request",
                "web_search",
                "image",
                "source",
                "date");
        if (name.indexOf('/') < 1) throw wrong(what, "must be named PROVIDER/MODEL");
        Map<String, Rates> tiers = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> t :
                object(m.path("tiers"), what, "tiers").properties()) {
            if (!TIERS.contains(t.getKey())) throw wrong(what, "has a tier " + t.getKey() + "; there are " + TIERS);
            tiers.put(t.getKey(), rates(t.getValue(), what + " tier " + t.getKey()));
        }
        List<ModelPrice.Threshold> above = new ArrayList<>();
        for (JsonNode a : array(m.path("above"), what, "above")) {
            only(a, what, "tokens", "prices");
            Integer tokens = whole(a, "tokens", what);
            if (tokens == null) throw wrong(what, "has a threshold without tokens");
            if (!above.isEmpty() && above.getLast().tokens() >= tokens) {
                throw wrong(what, "has thresholds that do not rise");
            }
            above.add(new ModelPrice.Threshold(tokens, rates(a.path("prices"), what + " above " + tokens)));
        }
        List<String> aliases = new ArrayList<>();
        for (JsonNode a : array(m.path("aliases"), what, "aliases")) {
            if (!a.isString() || a.stringValue().indexOf('/') < 1) throw wrong(what, "has an alias without a provider");
            aliases.add(a.stringValue());
        }
        return new ModelPrice(
                name,
                aliases,
                whole(m, "context", what),
                whole(m, "max_output", what),
                rates(m.path("prices"), what),
                tiers,
                above,
                each(m, "request", what),
                each(m, "web_search", what),
                each(m, "image", what),
                text(m, "source", what),
                date(m, what));
    }

    private static Rates rates(JsonNode r, String what) {
        if (!r.isObject()) throw wrong(what, "has no prices");
        only(
                r,
                what,
                "input",
                "cached",
                "cache_write",
                "cache_write_1h",
                "output",
                "reasoning",
                "audio_input",
                "audio_output",
                "image_output");
        return new Rates(
                must(r, "input", what),
                perToken(r, "cached", what),
                perToken(r, "cache_write", what),
                perToken(r, "cache_write_1h", what),
                must(r, "output", what),
                perToken(r, "reasoning", what),
                perToken(r, "audio_input", what),
                perToken(r, "audio_output", what),
                perToken(r, "image_output", what));
    }

    private static long must(JsonNode r, String field, String what) {
        Long value = perToken(r, field, what);
        if (value == null) throw wrong(what, "has no price for " + field);
        return value;
    }

    /** USD for a million tokens are millionths of a picodollar's million: what is finer is rounded up. */
    private static @Nullable Long perToken(JsonNode r, String field, String what) {
        BigDecimal usd = amount(r, field, what);
        if (usd == null) return null;
        if (usd.compareTo(MOST_PER_MILLION) > 0) {
            throw wrong(what, field + " is " + usd + " USD for a million tokens; is it the price of one?");
        }
        return usd.movePointRight(6).setScale(0, RoundingMode.CEILING).longValueExact();
    }

    private static @Nullable Long each(JsonNode r, String field, String what) {
        BigDecimal usd = amount(r, field, what);
        if (usd == null) return null;
        if (usd.compareTo(MOST_PER_MILLION) > 0) throw wrong(what, field + " is " + usd + " USD each");
        return usd.movePointRight(12).setScale(0, RoundingMode.CEILING).longValueExact();
    }

    private static @Nullable BigDecimal amount(JsonNode r, String field, String what) {
        JsonNode value = r.path(field);
        if (value.isMissingNode()) return null;
        if (!value.isNumber()) throw wrong(what, field + " must be a number, not " + value);
        BigDecimal usd = value.decimalValue();
        if (usd.signum() < 0) throw wrong(what, field + " is below zero: " + usd);
        // Its digits would have to be written out first.
        if (Math.abs(usd.scale()) > MOST_DIGITS) throw wrong(what, field + " has too many digits: " + usd);
        return usd;
    }

    private static @Nullable Integer whole(JsonNode r, String field, String what) {
        JsonNode value = r.path(field);
        if (value.isMissingNode()) return null;
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1) {
            throw wrong(what, field + " must be a whole number above zero, not " + value);
        }
        return value.intValue();
    }

    private static LocalDate date(JsonNode m, String what) {
        String text = text(m, "date", what);
        try {
            return LocalDate.parse(text);
        } catch (DateTimeParseException e) {
            throw wrong(what, "has the date " + text + ", which is no YYYY-MM-DD");
        }
    }

    private static String text(JsonNode r, String field, String what) {
        JsonNode value = r.path(field);
        if (!value.isString() || value.stringValue().isBlank()) throw wrong(what, "has no " + field);
        return value.stringValue();
    }

    private static JsonNode object(JsonNode node, String what, String field) {
        if (!node.isMissingNode() && !node.isObject()) throw wrong(what, field + " must be an object");
        return node;
    }

    private static JsonNode array(JsonNode node, String what, String field) {
        if (!node.isMissingNode() && !node.isArray()) throw wrong(what, field + " must be a list");
        return node;
    }

    private static void only(JsonNode node, String what, String... fields) {
        if (!node.isObject()) throw wrong(what, "is no JSON object");
        Set<String> known = Set.of(fields);
        for (Map.Entry<String, JsonNode> f : node.properties()) {
            if (!known.contains(f.getKey())) throw wrong(what, "has a field " + f.getKey() + ", which does not exist");
        }
    }

    private static DalangException wrong(String what, String why) {
        return DalangException.invalidRequest(what + " " + why, null);
    }
}
