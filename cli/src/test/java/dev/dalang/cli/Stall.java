package dev.dalang.cli;

import dev.dalang.testserver.Exchange;
import dev.dalang.testserver.TestServer;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;

/** A server that takes a request and says nothing until the client closes the connection. */
final class Stall implements TestServer.Handler {

    final CountDownLatch begun = new CountDownLatch(1);

    @Override
    public void handle(Exchange x) {
        begun.countDown();
        try {
            while (x.socket().getInputStream().read() >= 0) {}
        } catch (IOException reset) {
            // That is an end too.
        }
    }
}
