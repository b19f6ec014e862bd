package dev.dalang.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A stream over what a client hands out piece by piece, never more than was asked for. */
@Timeout(60)
class IncomingTest {

    /** Hands pieces out on a thread of its own, as they are asked for. */
    private static final class Client implements Flow.Subscription {
        final Semaphore asked = new Semaphore(0);
        final AtomicInteger ahead = new AtomicInteger();
        final AtomicInteger most = new AtomicInteger();
        final AtomicBoolean cancelled = new AtomicBoolean();

        @Override
        public void request(long n) {
            most.accumulateAndGet(ahead.addAndGet((int) n), Math::max);
            asked.release((int) n);
        }

        @Override
        public void cancel() {
            cancelled.set(true);
            asked.release(1 << 20);
        }

        void send(Incoming to, List<List<ByteBuffer>> pieces) throws InterruptedException {
            to.onSubscribe(this);
            for (List<ByteBuffer> piece : pieces) {
                asked.acquire();
                if (cancelled.get()) return;
                ahead.decrementAndGet();
                to.onNext(piece);
            }
            to.onComplete();
        }
    }

    @RepeatedTest(200)
    void theBytesComeWholeAndInOrder(RepetitionInfo run) throws Exception {
        Random random = new Random(run.getCurrentRepetition());
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        List<List<ByteBuffer>> pieces = new ArrayList<>();
        for (int i = random.nextInt(60); i > 0; i--) {
            List<ByteBuffer> piece = new ArrayList<>();
            for (int k = random.nextInt(3); k >= 0; k--) {
                byte[] bytes = new byte[random.nextInt(4) == 0 ? 0 : random.nextInt(50)];
                random.nextBytes(bytes);
                expected.writeBytes(bytes);
                piece.add(ByteBuffer.wrap(bytes));
            }
            pieces.add(piece);
        }
        Incoming in = new Incoming();
        Client client = new Client();
        Thread sender = Thread.ofVirtual().start(() -> {
            try {
                client.send(in, pieces);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        byte[] into = new byte[40];
        while (true) {
            int n = in.read(into, 3, 1 + random.nextInt(30));
            if (n < 0) break;
            assertThat(n).isPositive();
            got.write(into, 3, n);
        }
        sender.join();
        assertThat(got.toByteArray()).isEqualTo(expected.toByteArray());
        assertThat(client.most.get()).isLessThanOrEqualTo(8);
        assertThat(client.cancelled).isFalse();
        assertThat(in.read(into, 0, 1)).isEqualTo(-1);
    }

    private static List<ByteBuffer> bytes(int n) {
        byte[] bytes = new byte[n];
        Arrays.fill(bytes, (byte) 'x');
        return List.of(ByteBuffer.wrap(bytes));
    }

    @Test
    void aFailureComesAfterWhatCameBefore() throws Exception {
        Incoming in = new Incoming();
        in.onSubscribe(new Client());
        in.onNext(bytes(3));
        in.onError(new IOException("cut"));
        assertThat(in.read(new byte[9], 0, 9)).isEqualTo(3);
        assertThatThrownBy(() -> in.read(new byte[1], 0, 1))
                .isInstanceOf(IOException.class)
                .hasMessage("cut");
    }

    @Test
    void closingEndsAReadersWait() throws Exception {
        Incoming in = new Incoming();
        Client client = new Client();
        in.onSubscribe(client);
        Thread closer = Thread.ofVirtual().start(() -> {
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            in.close();
        });
        assertThatThrownBy(() -> in.read(new byte[1], 0, 1))
                .isInstanceOf(IOException.class)
                .hasMessage("closed");
        closer.join();
        assertThat(client.cancelled).isTrue();
        // What comes all the same is not kept.
        in.onNext(bytes(1));
        assertThatThrownBy(() -> in.read(new byte[1], 0, 1)).isInstanceOf(IOException.class);
    }

    @Test
    void leavingEndsAReadersWaitToo() throws Exception {
        Incoming in = new Incoming();
        in.onSubscribe(new Client());
        Thread leaver = Thread.ofVirtual().start(() -> {
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            in.leave();
        });
        // An end would look like the end of the answer.
        assertThatThrownBy(() -> in.read(new byte[1], 0, 1)).isInstanceOf(IOException.class);
        leaver.join();
        in.onComplete();
        assertThatThrownBy(() -> in.read(new byte[1], 0, 1)).isInstanceOf(IOException.class);
    }

    @Test
    void onceClosedNoAnswerIsWanted() {
        Incoming in = new Incoming();
        in.close();
        Client client = new Client();
        in.onSubscribe(client);
        assertThat(client.cancelled).isTrue();
    }

    /** The client keeps the answer itself for as long as the connection, and connections are many. */
    @Test
    void whatWasReadIsNotKept() throws Exception {
        for (boolean toTheEnd : new boolean[] {true, false}) {
            Incoming in = new Incoming();
            in.onSubscribe(new Client());
            WeakReference<byte[]> bytes = given(in);
            if (toTheEnd) in.onComplete();
            assertThat(in.read(new byte[200], 0, 200)).isEqualTo(100);
            if (toTheEnd) assertThat(in.read(new byte[200], 0, 200)).isEqualTo(-1);
            else in.leave();
            while (bytes.get() != null) System.gc(); // the test's own limit is the time that this may take
            Reference.reachabilityFence(in);
        }
    }

    private static WeakReference<byte[]> given(Incoming in) {
        byte[] bytes = new byte[100];
        in.onNext(List.of(ByteBuffer.wrap(bytes)));
        return new WeakReference<>(bytes);
    }

    @Test
    void whatIsLeftIsAskedForSoThatItsEndCanCome() throws Exception {
        Incoming in = new Incoming();
        Client client = new Client();
        in.onSubscribe(client);
        for (int i = 0; i < 8; i++) in.onNext(bytes(100));
        for (int i = 0; i < 2; i++) assertThat(in.read(new byte[100], 0, 100)).isEqualTo(100);
        client.asked.drainPermits();
        assertThat(in.leave()).isTrue();
        assertThat(client.asked.availablePermits()).isEqualTo(8);
        for (int i = 0; i < 20; i++) in.onNext(bytes(1000));
        assertThat(client.asked.availablePermits()).isEqualTo(28);
        in.onComplete();
        assertThat(in.leave()).isFalse();
        in.close();
        assertThat(client.cancelled).isFalse();
    }

    @Test
    void whatIsLeftIsNotReadForEver() {
        Incoming in = new Incoming();
        Client client = new Client();
        in.onSubscribe(client);
        assertThat(in.leave()).isTrue();
        for (int i = 0; i < 4; i++) in.onNext(bytes(16 << 10));
        assertThat(client.cancelled).isFalse();
        in.onNext(bytes(1));
        assertThat(client.cancelled).isTrue();

        Incoming much = new Incoming();
        Client other = new Client();
        much.onSubscribe(other);
        for (int i = 0; i < 5; i++) much.onNext(bytes(16 << 10));
        assertThat(much.leave()).isFalse();
        assertThat(other.cancelled).isTrue();
    }
}
