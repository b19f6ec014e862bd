package dev.dalang.gateway.provider.wire;

/** Reads one answer's messages into an {@link Answer}. */
public interface AnswerReader {

    /**
     * The next message.
     *
     * @return whether more may come; false where the protocol says that this was the last
     * @throws dev.dalang.api.DalangException when it breaks the protocol, or says that the answer failed
     */
    boolean read(Frame frame);
}
