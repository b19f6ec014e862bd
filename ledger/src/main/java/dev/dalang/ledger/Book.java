package dev.dalang.ledger;

/** Where requests are written: before they are made, and again when it is known what became of them. */
public interface Book {

    /**
     * Writes a request down and reserves its worst case.
     *
     * @return whether its budgets allow it; when they do, it must be settled
     * @throws dev.dalang.api.DalangException (overloaded) when it cannot be written down now
     */
    Admission open(Intent intent);

    /** Writes down that a request was not made; does not wait. */
    void refused(Intent intent, String why);

    /** Notes the provider's id of an answer that began, without waiting and without promise. */
    void began(String id, String model, String providerId);

    /** Writes down what became of an admitted request; settling twice does nothing the second time. */
    void settle(Settlement settlement);
}
