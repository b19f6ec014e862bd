package dev.dalang.pagetest;

import dev.dalang.api.Cancellation;
import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.server.http.Json;
import dev.dalang.server.web.Shelf;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A catalogue of three models, of which one can be fetched, a step at a time. */
final class TestShelf implements Shelf {

    /** How many tenths of a download may come. */
    final Semaphore tenths = new Semaphore(0);

    private volatile boolean here;

    private static final String CATALOGUE = """
            {"date":"2026-11-20","recommended":"qwen3:4b","models":[
              {"name":"qwen3:4b","title":"Qwen3 4B","publisher":"Alibaba","family":"qwen3","access":"open","parameters":4022468096,"context":40960,
               "capabilities":["tools","reasoning"],"languages":["en","zh"],"released":"2025-04-28","licence":"apache-2.0","licence_name":"Apache License 2.0","commercial":"yes","consent":false,
               "fits":"Q4_K_M","fits_bytes":2497280256,"need_bytes":3400000000,"runs":true,"installed":%s},
              {"name":"llama3.3:70b","title":"Llama 3.3 70B Instruct","publisher":"Meta","family":"llama","access":"open","parameters":70553706496,"context":131072,
               "capabilities":["tools"],"languages":["en"],"released":"2024-12-06","licence":"llama3.3","licence_name":"Llama 3.3 Community License","commercial":"conditions","consent":true,
               "fits":null,"need_bytes":44000000000,"runs":true,"installed":false},
              {"name":"openai/gpt-5","title":"GPT-5","publisher":"OpenAI","family":"gpt","access":"hosted","context":400000,
               "capabilities":["tools","vision"],"languages":["en"],"released":"2025-08-07","licence":"hosted","licence_name":"Hosted only","commercial":"unknown","consent":false,
               "reach":"openai/gpt-5","nearest":["gpt-oss:20b","qwen3:4b"],"installed":false}]}
            """;

    @Override
    public JsonNode catalogue() {
        return Json.parse(CATALOGUE.formatted(here));
    }

    @Override
    public JsonNode model(String name) {
        if (!name.equals("qwen3:4b") && !name.equals("llama3.3:70b")) {
            throw new DalangException(
                    new Failure.ModelUnavailable("no model named " + name + " in the catalogue", name));
        }
        return Json.parse(
                """
                {"model":"%s","weights":"hf.co/Qwen/Qwen3-4B","licence":{"id":"%s","name":"A licence","summary":"Use it for anything; keep the notices.","commercial":"yes","user_limit":"none","attribution":"keep the notice","derivatives":"allowed","acceptable_use":"none","consent":%s,"url":"https://example.com/licence"},
                 "fit":{"rows":[
                   {"quantisation":"Q8_0","context":4096,"requests":1,"total_bytes":5100000000,"disk_bytes":4280000000,"decode_tokens_per_second":6.1,"prefill_tokens_per_second":41.0,"verdict":"tight"},
                   {"quantisation":"Q4_K_M","context":4096,"requests":1,"total_bytes":3400000000,"disk_bytes":2497280256,"decode_tokens_per_second":10.4,"prefill_tokens_per_second":44.0,"verdict":"comfortable"},
                   {"quantisation":"Q4_K_M","context":40960,"requests":1,"total_bytes":8900000000,"disk_bytes":2497280256,"decode_tokens_per_second":5.2,"prefill_tokens_per_second":30.0,"verdict":"no"}],
                  "recommended":{"quantisation":"Q4_K_M","context":4096},"remedy":null}}
                """.formatted(name, name.startsWith("llama") ? "llama3.3" : "apache-2.0", name.startsWith("llama")));
    }

    @Override
    public JsonNode installed() {
        String qwen =
                here ? ",{\"name\":\"qwen3:4b\",\"bytes\":2497280256,\"holder\":\"dalang\",\"removable\":true}" : "";
        return Json.parse("{\"folder\":\"models\",\"blobs\":0,\"partial\":0,\"disk_free\":52000000000,\"models\":["
                + "{\"name\":\"dalang-mini\",\"bytes\":12000000,\"holder\":\"built in\",\"removable\":false}" + qwen
                + "]}");
    }

    @Override
    public void pull(
            String name, @Nullable String quantisation, Set<String> accepted, Watch watch, Cancellation cancellation) {
        if (name.startsWith("llama") && !accepted.contains("llama3.3")) {
            throw new DalangException(new Failure.ModelUnavailable("the licence llama3.3 was not accepted", name));
        }
        watch.status("pulling " + name);
        try {
            for (int i = 1; i <= 10; i++) {
                while (!tenths.tryAcquire(20, TimeUnit.MILLISECONDS)) if (cancellation.isCancelled()) return;
                watch.bytes(i * 249_728_025L, 2_497_280_256L);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        here = true;
    }

    @Override
    public void remove(String name) {
        here = false;
    }
}
