package dev.dalang.ledger;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Requests of a process that answers once and ends, written down when they are over: a database takes longer to open than a
 * small model takes to answer. The lines go to a journal, and from there into the ledger with the next process that opens
 * it. For answers of this machine alone: no budget is looked up before, though what they took counts in every budget, and
 * what is killed in its middle is not written. Safe for use by many threads.
 */
public final class Notebook implements Book {

    private final Path folder;
    private final Map<String, Intent> open = new HashMap<>();

    /** @param journals the folder of {@link BookRules#journals} */
    public Notebook(Path journals) {
        this.folder = journals;
    }

    /** Whether something waits there for a process that opens the ledger. */
    public static boolean waits(Path journals) {
        return Journal.any(journals);
    }

    @Override
    public synchronized Admission open(Intent intent) {
        open.put(intent.id(), intent);
        return new Admission.Admitted(List.of());
    }

    @Override
    public void refused(Intent intent, String why) {
        Journal.note(folder, List.of(new Batch.Op.Refuse(intent, why)));
    }

    @Override
    public void began(String id, String model, String providerId) {}

    @Override
    public synchronized void settle(Settlement settlement) {
        Intent intent = open.remove(settlement.id());
        if (intent == null) return;
        List<Batch.Op> both = new ArrayList<>();
        both.add(new Batch.Op.Open(intent, true));
        both.add(new Batch.Op.Settle(settlement));
        Journal.note(folder, both);
    }
}
