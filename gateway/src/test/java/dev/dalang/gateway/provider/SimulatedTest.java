package dev.dalang.gateway.provider;

import dev.dalang.api.ChatRequest;
import dev.dalang.api.Message;
import dev.dalang.api.Prompt;
import dev.dalang.gateway.simulator.Simulated;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Each test has the providers' simulator to itself, and a home that knows all providers there. */
abstract class SimulatedTest {

    @TempDir
    Path home;

    Simulated hosted;

    @BeforeEach
    void start() {
        hosted = new Simulated(home);
    }

    @AfterEach
    void stop() {
        hosted.close();
    }

    static ChatRequest.Builder asking(Message... messages) {
        return ChatRequest.builder("m", new Prompt.Conversation(List.of(messages)));
    }
}
