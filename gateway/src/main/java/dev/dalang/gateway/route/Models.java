package dev.dalang.gateway.route;

import dev.dalang.api.ChatModel;
import dev.dalang.api.DalangException;
import java.time.Duration;
import java.util.Optional;

/** The models that routing chooses among. */
public interface Models {

    /** What is known of a model without loading or asking it; empty when there is none of this name. */
    Optional<Candidate> find(String name);

    /**
     * @param connect how long a connection to a hosted model may take; zero for the user's settings
     * @throws DalangException when it cannot be had after all
     */
    ChatModel open(String name, Duration connect);
}
