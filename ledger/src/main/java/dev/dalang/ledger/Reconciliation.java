package dev.dalang.ledger;

import dev.dalang.api.Usage;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An invoice beside the ledger: request by request where the invoice has ids, and by day and model in any case.
 *
 * @param days per day and model, what each side says
 * @param equal requests on which both agree to the token
 * @param differing requests on which they do not
 * @param onlyInvoice lines with an id that the ledger does not know, or not so often
 * @param onlyLedger requests that were sent, in the invoice's days and models, and are not in it
 */
public record Reconciliation(
        List<Day> days, int equal, List<Pair> differing, List<Invoice.Line> onlyInvoice, List<Entry> onlyLedger) {

    /** @param invoiced null where the invoice has no costs */
    public record Day(
            LocalDate day,
            String model,
            long ledgerTokens,
            long invoiceTokens,
            Money counted,
            @Nullable Money invoiced) {}

    public record Pair(Entry entry, Invoice.Line line) {}

    public Reconciliation {
        days = List.copyOf(days);
        differing = List.copyOf(differing);
        onlyInvoice = List.copyOf(onlyInvoice);
        onlyLedger = List.copyOf(onlyLedger);
    }

    public static Reconciliation of(Requests requests, Invoice invoice) {
        // Each line is one request's: one that comes twice was charged twice, and stays over.
        Map<String, Deque<Invoice.Line>> byId = new HashMap<>();
        Set<Invoice.Line> left = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<String> models = new HashSet<>();
        Instant from = Instant.MAX;
        Instant to = Instant.MIN;
        for (Invoice.Line l : invoice.lines()) {
            if (l.id() != null) {
                byId.computeIfAbsent(l.id(), id -> new ArrayDeque<>()).add(l);
                left.add(l);
            }
            models.add(bare(l.model()));
            Instant day = day(l.at()).atStartOfDay(ZoneOffset.UTC).toInstant();
            if (day.isBefore(from)) from = day;
            Instant next = day.plusSeconds(86_400);
            if (next.isAfter(to)) to = next;
        }
        if (invoice.lines().isEmpty()) return new Reconciliation(List.of(), 0, List.of(), List.of(), List.of());
        Sums sums = new Sums();
        for (Invoice.Line l : invoice.lines()) sums.invoice(l);
        int[] equal = {0};
        List<Pair> differing = new ArrayList<>();
        List<Entry> onlyLedger = new ArrayList<>();
        requests.each(RequestFilter.between(from, to), e -> {
            Invoice.Line line = take(byId, e.id());
            if (line == null && e.providerId() != null) line = take(byId, e.providerId());
            boolean sent = e.counts() != Counts.NONE && e.outcome() != Outcome.OPEN;
            if (line == null && (!sent || !models.contains(bare(model(e))))) return;
            if (sent) sums.ledger(e);
            if (line == null) {
                onlyLedger.add(e);
                return;
            }
            left.remove(line);
            if (agree(e, line)) equal[0]++;
            else differing.add(new Pair(e, line));
        });
        List<Invoice.Line> onlyInvoice =
                invoice.lines().stream().filter(left::contains).toList();
        if (byId.isEmpty()) onlyLedger.clear(); // An invoice without ids names nobody.
        return new Reconciliation(sums.days(), equal[0], differing, onlyInvoice, onlyLedger);
    }

    /**
     * Puts the invoice's counts and costs in place of the ledger's wherever they differ: what is billed is what is paid,
     * whatever the provider had counted with its answer. A line that only the invoice has
     * belongs to a request of its model that was lost before it knew its id, the oldest first; lost requests that then
     * are left over never reached the provider, and cost nothing.
     *
     * @param price what a line costs that has no cost of its own; null where that is not known, and the line is left alone
     * @return how many requests were corrected
     */
    public int apply(Requests requests, Function<Invoice.Line, @Nullable Money> price) {
        int corrected = 0;
        for (Pair p : differing) if (correct(requests, p.entry(), p.line(), price)) corrected++;
        List<Entry> lost = new ArrayList<>();
        for (Entry e : onlyLedger) if (e.outcome() == Outcome.LOST && e.counts() == Counts.WORST) lost.add(e);
        for (Invoice.Line line : onlyInvoice) {
            for (Entry e : lost) {
                if (e.providerId() != null || !fits(e, line)) continue;
                if (correct(requests, e, line, price)) corrected++;
                lost.remove(e);
                break;
            }
        }
        for (Entry e : lost) {
            if (requests.correct(e.id(), Usage.ZERO, Money.ZERO)) corrected++;
        }
        return corrected;
    }

    private static Invoice.@Nullable Line take(Map<String, Deque<Invoice.Line>> byId, String id) {
        Deque<Invoice.Line> lines = byId.get(id);
        return lines == null ? null : lines.poll();
    }

    private static boolean fits(Entry e, Invoice.Line line) {
        boolean known = e.model() != null;
        return (!known || bare(model(e)).equals(bare(line.model())))
                && line.usage().totalTokens() <= e.worstTokens();
    }

    private static boolean correct(
            Requests requests, Entry e, Invoice.Line line, Function<Invoice.Line, @Nullable Money> price) {
        Money cost = line.cost() == null ? price.apply(line) : line.cost();
        return cost != null && requests.correct(e.id(), line.usage(), cost);
    }

    private static boolean agree(Entry e, Invoice.Line line) {
        return e.usage().promptTokens() == line.usage().promptTokens()
                && e.usage().completionTokens() == line.usage().completionTokens()
                && (line.cost() == null || line.cost().equals(e.cost()));
    }

    private static String model(Entry e) {
        return e.model() == null ? e.asked() : e.model();
    }

    /** Invoices name models without the provider, and often with their date. */
    private static String bare(String model) {
        return model.substring(model.lastIndexOf('/') + 1).replaceFirst("(-\\d{4}-\\d{2}-\\d{2}|-\\d{8})$", "");
    }

    private static LocalDate day(Instant at) {
        return LocalDate.ofInstant(at, ZoneOffset.UTC);
    }

    private static final class Sums {
        private record Key(LocalDate day, String model) implements Comparable<Key> {
            @Override
            public int compareTo(Key o) {
                int byDay = day.compareTo(o.day);
                return byDay != 0 ? byDay : model.compareTo(o.model);
            }
        }

        private static final class Sum {
            long ledger;
            long invoice;
            long counted;
            long invoiced;
            boolean costs;
        }

        private final Map<Key, Sum> sums = new TreeMap<>();

        void ledger(Entry e) {
            Sum s = sums.computeIfAbsent(new Key(day(e.begun()), bare(model(e))), k -> new Sum());
            s.ledger += e.usage().totalTokens();
            s.counted += e.cost() == null ? 0 : e.cost().picos();
        }

        void invoice(Invoice.Line l) {
            Sum s = sums.computeIfAbsent(new Key(day(l.at()), bare(l.model())), k -> new Sum());
            s.invoice += l.usage().totalTokens();
            if (l.cost() == null) return;
            s.invoiced += l.cost().picos();
            s.costs = true;
        }

        List<Day> days() {
            List<Day> days = new ArrayList<>();
            sums.forEach((k, s) -> days.add(new Day(
                    k.day(),
                    k.model(),
                    s.ledger,
                    s.invoice,
                    new Money(s.counted),
                    s.costs ? new Money(s.invoiced) : null)));
            return days;
        }
    }
}
