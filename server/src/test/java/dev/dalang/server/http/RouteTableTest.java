package dev.dalang.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.server.guard.Scope;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RouteTableTest {

    private record Paths(String name, List<String> paths) implements Dialect {
        @Override
        public ErrorShape errors() {
            return ErrorShape.plain();
        }

        @Override
        public void routes(Routes routes) {
            for (String p : paths) routes.post(p, Scope.INFERENCE, x -> {});
        }
    }

    @Test
    void anUnknownPathIsRefusedInTheFormOfMostOfItsNeighbours() {
        RouteTable table = new RouteTable(List.of(
                new Paths("few", List.of("/v1/messages")),
                new Paths("many", List.of("/v1/chat/completions", "/v1/embeddings")),
                new Paths("other", List.of("/api/chat"))));
        assertThat(dialect(table, "/v1/audio/speech")).isEqualTo("many");
        assertThat(dialect(table, "/v1/messages/batches")).isEqualTo("few");
        assertThat(dialect(table, "/api/nothing")).isEqualTo("other");
        assertThat(table.dialect("/nothing")).isNull();
    }

    private static String dialect(RouteTable table, String path) {
        return Objects.requireNonNull(table.dialect(path)).name();
    }
}
