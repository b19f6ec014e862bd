package dev.dalang.engine.tokenizer;

/**
 * WordPiece (Wu et al. 2016; Devlin et al. 2018): the longest token that begins a word, then the longest that goes on,
 * and so on; a word that cannot be covered is unknown as a whole.
 */
final class WordPiece implements Model {

    private final Vocabulary vocabulary;
    private final String startPrefix;
    private final String continuePrefix;
    private final int unknown;
    private final int maxWordLength;
    private final int longest;

    /**
     * @param startPrefix what tokens that begin a word start with in the vocabulary ("▁" in GGUF, "" elsewhere)
     * @param continuePrefix what tokens that go on start with ("" in GGUF, "##" elsewhere)
     * @param maxWordLength words of more characters are unknown
     */
    WordPiece(Vocabulary vocabulary, String startPrefix, String continuePrefix, int unknown, int maxWordLength) {
        this.vocabulary = vocabulary;
        this.startPrefix = startPrefix;
        this.continuePrefix = continuePrefix;
        this.unknown = unknown;
        this.maxWordLength = maxWordLength;
        int max = 0;
        for (int id = 0; id < vocabulary.size(); id++) {
            max = Math.max(max, vocabulary.token(id).length());
        }
        this.longest = max;
    }

    @Override
    public void encode(String word, Ids out) {
        if (word.length() > maxWordLength && word.codePointCount(0, word.length()) > maxWordLength) {
            out.add(unknown);
            return;
        }
        Ids found = new Ids();
        int from = 0;
        while (from < word.length()) {
            String prefix = from == 0 ? startPrefix : continuePrefix;
            int to = Math.min(word.length(), from + longest);
            int id = -1;
            while (to > from && (id = vocabulary.textIdOf(prefix + word.substring(from, to))) < 0) to--;
            if (id < 0) {
                out.add(unknown);
                return;
            }
            found.add(id);
            from = to;
        }
        for (int id : found.toArray()) out.add(id);
    }
}
