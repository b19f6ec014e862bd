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
