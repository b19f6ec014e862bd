package dev.dalang.engine.format;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Knows how many bytes have passed, for padding and for holding each tensor to its length. */
final class CountingOutput extends FilterOutputStream {

    private long count;

    CountingOutput(OutputStream out) {
        super(out);
    }

    long count() {
        return count;
    }

    @Override
    public void write(int b) throws IOException {
        out.write(b);
        count++;
    }

    @Override
    public void write(byte[] b, int from, int n) throws IOException {
        out.write(b, from, n);
        count += n;
    }

    void padTo(long position) throws IOException {
        while (count < position) write(0);
    }

    /** Writes a tensor's bytes. */
    void write(String tensor, TensorData data, long bytes) throws IOException {
        long end = count + bytes;
        data.writeTo(this);
        if (count != end) {
            throw new IllegalStateException("tensor '" + tensor + "' takes " + bytes + " bytes, but "
                    + (count - end + bytes) + " were written");
        }
    }
}
