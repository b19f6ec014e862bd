package dev.dalang.engine.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The tokenizer of the RWKV world models: the longest token at each byte, with no merges and no cutting. */
final class RwkvTrie implements Model {

    private final int unknown;
    private final LongIntMap edges = new LongIntMap(1 << 16);
    private final List<Integer> endsAt = new ArrayList<>(List.of(-1));

    RwkvTrie(Vocabulary vocabulary, int unknown) {
        this.unknown = unknown;
        for (int id = 0; id < vocabulary.size(); id++) {
            if (!vocabulary.type(id).matchesText()) continue;
            int node = 0;
            for (byte b : unescape(vocabulary.token(id))) {
                long edge = (long) node << 8 | (b & 0xFF);
                int next = edges.get(edge);
                if (next == LongIntMap.ABSENT) {
                    next = endsAt.size();
                    endsAt.add(-1);
                    edges.put(edge, next);
                }
                node = next;
            }
            if (node > 0) endsAt.set(node, id);
        }
    }

    @Override
    public void encode(String piece, Ids out) {
        byte[] text = piece.getBytes(StandardCharsets.UTF_8);
        int pos = 0;
        while (pos < text.length) {
            int node = 0;
            int found = -1;
            int end = pos + 1;
            for (int i = pos; i < text.length; i++) {
                node = edges.get((long) node << 8 | (text[i] & 0xFF));
                if (node == LongIntMap.ABSENT) break;
                if (endsAt.get(node) >= 0) {
                    found = endsAt.get(node);
                    end = i + 1;
                }
            }
            if (found >= 0) out.add(found);
            else if (unknown >= 0) out.add(unknown);
            pos = end;
        }
    }

    /** The bytes of a token as the vocabulary writes it, with {@code \t}, {@code \n}, {@code \r}, {@code \xNN}. */
    static byte[] unescape(String token) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] text = token.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < text.length; i++) {
            if (text[i] != '\\' || i + 1 == text.length) {
                bytes.write(text[i]);
                continue;
            }
            byte c = text[++i];
            switch (c) {
                case 't' -> bytes.write('\t');
                case 'n' -> bytes.write('\n');
                case 'r' -> bytes.write('\r');
                case 'x' -> {
                    int high = i + 2 < text.length ? Character.digit(text[i + 1], 16) : -1;
                    int low = i + 2 < text.length ? Character.digit(text[i + 2], 16) : -1;
                    if (high < 0 || low < 0) {
                        bytes.write('x');
                    } else {
                        bytes.write(high * 16 + low);
                        i += 2;
                    }
                }
                default -> bytes.write(c);
            }
        }
        return bytes.toByteArray();
    }
}
