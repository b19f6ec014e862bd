package dev.dalang.hub.fetch;

import dev.dalang.engine.format.GgufWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Small model files that the checking reader accepts. */
public final class Models {
    private Models() {}

    /** A GGUF file that says this of its alignment, which is 32. */
    static byte[] aligned(int alignment) {
        byte[] key = "general.alignment".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        byte[] whole = gguf(1, 1000);
        java.nio.ByteBuffer in = java.nio.ByteBuffer.wrap(whole).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        java.nio.ByteBuffer out =
                java.nio.ByteBuffer.allocate(whole.length + 64).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        // Magic, version, tensors, and one entry more: its key, its type (uint32) and its value.
        out.putInt(in.getInt()).putInt(in.getInt()).putLong(in.getLong()).putLong(in.getLong() + 1);
        out.putLong(key.length).put(key).putInt(4).putInt(alignment);
        // The tensors' data starts at the next multiple of 32 again.
        out.put(in);
        return out.array();
    }

    /** A GGUF file of about so many bytes, of other content for another seed. */
    public static byte[] gguf(long seed, int bytes) {
        try {
            Path file = Files.createTempFile("model", ".gguf");
            Random random = new Random(seed);
            float[] weights = new float[Math.max(1, bytes / 4)];
            for (int i = 0; i < weights.length; i++) weights[i] = random.nextFloat();
            new GgufWriter()
                    .put("general.architecture", "llama")
                    .put("general.license", "mit")
                    .tensor("token_embd.weight", weights, weights.length)
                    .write(file);
            byte[] content = Files.readAllBytes(file);
            Files.delete(file);
            return content;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
