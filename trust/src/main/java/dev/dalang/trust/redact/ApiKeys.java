package dev.dalang.trust.redact;

import java.util.ArrayList;
import java.util.List;

/** Keys that say whose they are by how they begin, as the vendors document them. */
final class ApiKeys implements Detector {

    private static final String WORD = "_-";

    /** The longest that any vendor gives out has some two hundred characters. */
    private static final int MAX = 400;

    /**
     * One vendor's keys.
     *
     * @param min the fewest characters after the prefix
     * @param marks what may stand in them besides letters and digits
     */
    private record Form(String vendor, String prefix, int min, String marks) {}

    private static final Form[] FORMS = {
        new Form("aws", "AKIA", 16, ""),
        new Form("aws", "ASIA", 16, ""),
        new Form("aws.bedrock", "ABSK", 60, "+/="),
        new Form("github", "ghp_", 30, ""),
        new Form("github", "gho_", 30, ""),
        new Form("github", "ghu_", 30, ""),
        new Form("github", "ghs_", 30, ""),
        new Form("github", "ghr_", 30, ""),
        new Form("github", "github_pat_", 40, "_"),
        new Form("gitlab", "glpat-", 20, "_-."),
        new Form("gitlab", "glptt-", 20, WORD),
        new Form("slack", "xoxb-", 20, "-"),
        new Form("slack", "xoxp-", 20, "-"),
        new Form("slack", "xoxa-", 20, "-"),
        new Form("slack", "xoxr-", 20, "-"),
        new Form("slack", "xoxs-", 20, "-"),
        new Form("slack", "xapp-", 20, "-"),
        new Form("slack.webhook", "https://hooks.slack.com/services/", 20, "/"),
        new Form("discord.webhook", "https://discord.com/api/webhooks/", 40, "/_-"),
        new Form("stripe", "sk_live_", 16, ""),
        new Form("stripe", "sk_test_", 16, ""),
        new Form("stripe", "rk_live_", 16, ""),
        new Form("stripe", "rk_test_", 16, ""),
        new Form("stripe", "whsec_", 24, "+/="),
        new Form("anthropic", "sk-ant-", 24, WORD),
        new Form("openrouter", "sk-or-", 24, WORD),
        new Form("openai", "sk-proj-", 24, WORD),
        new Form("openai", "sk-svcacct-", 24, WORD),
        new Form("openai", "sk-admin-", 24, WORD),
        new Form("openai", "sk-", 32, WORD),
        new Form("google", "AIza", 30, WORD),
        new Form("google.oauth", "GOCSPX-", 20, WORD),
        new Form("google.oauth", "ya29.", 30, WORD),
        new Form("huggingface", "hf_", 30, ""),
        new Form("groq", "gsk_", 40, ""),
        new Form("xai", "xai-", 40, WORD),
        new Form("replicate", "r8_", 30, ""),
        new Form("perplexity", "pplx-", 30, ""),
        new Form("nvidia", "nvapi-", 30, WORD),
        new Form("npm", "npm_", 30, ""),
        new Form("pypi", "pypi-", 50, WORD),
        new Form("rubygems", "rubygems_", 30, ""),
        new Form("docker", "dckr_pat_", 20, WORD),
        new Form("sendgrid", "SG.", 40, "_-."),
        new Form("mailgun", "key-", 32, ""),
        new Form("digitalocean", "dop_v1_", 60, ""),
        new Form("databricks", "dapi", 32, ""),
        new Form("shopify", "shpat_", 30, ""),
        new Form("shopify", "shpss_", 30, ""),
        new Form("vault", "hvs.", 24, WORD),
        new Form("grafana", "glsa_", 30, "_"),
        new Form("grafana", "glc_", 30, "+/="),
        new Form("linear", "lin_api_", 30, ""),
        new Form("notion", "ntn_", 30, ""),
        new Form("postman", "PMAK-", 30, "-"),
        new Form("atlassian", "ATATT3", 60, "_-="),
        new Form("doppler", "dp.pt.", 30, ""),
        new Form("supabase", "sbp_", 30, ""),
        new Form("age", "AGE-SECRET-KEY-1", 50, ""),
        new Form("square", "EAAA", 50, WORD),
        new Form("telegram", ":AA", 30, WORD),
    };

    /** The forms by their first character. */
    private static final Form[][] BY_FIRST = new Form[128][];

    static {
        for (int c = 0; c < 128; c++) {
            List<Form> forms = new ArrayList<>();
            for (Form f : FORMS) if (f.prefix.charAt(0) == c) forms.add(f);
            BY_FIRST[c] = forms.toArray(Form[]::new);
        }
    }

    @Override
    public void find(Scan text, Sink found) {
        char[] c = text.chars;
        for (int i = 0; i < text.length; i++) {
            if (c[i] >= 128 || BY_FIRST[c[i]].length == 0) continue;
            boolean telegram = c[i] == ':';
            if (!telegram && i > 0 && (Scan.alnum(c[i - 1]) || c[i - 1] == '_')) continue;
            for (Form form : BY_FIRST[c[i]]) {
                if (!text.startsWith(form.prefix, i)) continue;
                int end = end(text, i + form.prefix.length(), form.marks);
                int start = telegram ? botNumber(text, i) : i;
                if (start < 0
                        || end - i - form.prefix.length() < form.min
                        || !mixed(text, i + form.prefix.length(), end)) continue;
                found.add(Kind.API_KEY, start, end, form.vendor);
                i = end - 1;
                break;
            }
        }
    }

    private static int end(Scan text, int from, String marks) {
        int i = from;
        while (i < text.length && i - from < MAX && (Scan.plain(text.chars[i]) || marks.indexOf(text.chars[i]) >= 0))
            i++;
        // What ends a sentence is no part of it.
        while (i > from && !Scan.plain(text.chars[i - 1]) && text.chars[i - 1] != '=') i--;
        return i;
    }

    /** Telegram's tokens are a bot's number of 8 to 10 digits, a colon, and the secret. */
    private static int botNumber(Scan text, int colon) {
        int i = colon;
        while (i > 0 && colon - i < 11 && Scan.digit(text.chars[i - 1])) i--;
        return colon - i >= 8 && colon - i <= 10 && !Scan.alnum(text.at(i - 1)) ? i : -1;
    }

    /** No key is letters alone, as {@code sk-this-is-what-a-key-looks-like} is, nor one letter again and again. */
    private static boolean mixed(Scan text, int from, int to) {
        boolean digit = false;
        int changes = 0;
        for (int i = from; i < to; i++) {
            digit |= Scan.digit(text.chars[i]);
            if (i > from && text.chars[i] != text.chars[i - 1]) changes++;
        }
        return digit && changes > (to - from) / 2;
    }
}
