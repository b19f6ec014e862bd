// Ollama's own client against the server at DALANG_URL with the key DALANG_KEY.
import { test } from "node:test";
import assert from "node:assert/strict";
import { Ollama } from "ollama";

const url = process.env.DALANG_URL ?? "http://127.0.0.1:3252";
const key = process.env.DALANG_KEY;
assert.ok(key, "DALANG_KEY is not set");
const model = process.env.DALANG_MODEL ?? "dalang-mini";
const client = new Ollama({ host: url, headers: { Authorization: `Bearer ${key}` } });
const kenya = { role: "user", content: "What is the capital of Kenya?" };
const options = { temperature: 0 };

test("ollama: chat, whole and streamed", async () => {
  const whole = await client.chat({ model, messages: [kenya], options });
  assert.match(whole.message.content, /Nairobi/);
  let text = "";
  let last;
  for await (const part of await client.chat({ model, messages: [kenya], options, stream: true })) {
    text += part.message.content;
    last = part;
  }
  assert.equal(text, whole.message.content);
  assert.equal(last.done_reason, "stop");
  assert.equal(last.eval_count, whole.eval_count);
});

test("ollama: generate, and on from its context", async () => {
  const first = await client.generate({ model, prompt: kenya.content, options });
  assert.match(first.response, /Nairobi/);
  const next = await client.generate({ model, prompt: "And of France?", context: first.context, options });
  assert.ok(next.prompt_eval_count > first.context.length);
});

test("ollama: structured output", async () => {
  const format = {
    type: "object",
    properties: { city: { enum: ["Nairobi", "Oslo"] } },
    required: ["city"],
    additionalProperties: false,
  };
  const answer = await client.chat({ model, messages: [kenya], format, options });
  assert.ok(["Nairobi", "Oslo"].includes(JSON.parse(answer.message.content).city));
});

test("ollama: tools", async () => {
  const tools = [
    {
      type: "function",
      function: {
        name: "weather",
        description: "The weather of a city",
        parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      },
    },
  ];
  const called = { role: "assistant", content: "", tool_calls: [{ function: { name: "weather", arguments: { city: "Oslo" } } }] };
  const answer = await client.chat({
    model,
    messages: [{ role: "user", content: "Weather in Oslo?" }, called, { role: "tool", tool_name: "weather", content: "sun" }],
    tools,
    options: { ...options, num_predict: 20 },
  });
  assert.equal(answer.message.role, "assistant");
});

test("ollama: embeddings", async () => {
  const two = await client.embed({ model, input: ["one", "two"] });
  assert.equal(two.embeddings.length, 2);
  const old = await client.embeddings({ model, prompt: "one" });
  assert.deepEqual(old.embedding, two.embeddings[0]);
});

test("ollama: models", async () => {
  const all = await client.list();
  assert.ok(all.models.some((m) => m.name === model));
  const shown = await client.show({ model });
  assert.ok(shown.capabilities.includes("completion"));
  const running = await client.ps();
  assert.ok(running.models.some((m) => m.name === model));
  assert.equal(typeof (await client.version()).version, "string");
});

test("ollama: making, copying and deleting models", async () => {
  const made = await client.create({ model: "made-here", from: model, system: "Be brief.", parameters: { num_predict: 3 } });
  assert.equal(made.status, "success");
  const answer = await client.chat({ model: "made-here", messages: [kenya] });
  assert.ok(answer.eval_count <= 3);
  await client.copy({ source: "made-here", destination: "made-twice" });
  await client.delete({ model: "made-twice" });
  await client.delete({ model: "made-here" });
  await assert.rejects(client.show({ model: "made-here" }), /no model/);
});

test("ollama: errors", async () => {
  await assert.rejects(client.chat({ model: "nobody", messages: [kenya] }), (e) => e.status_code === 404);
  await assert.rejects(
    client.chat({ model, messages: [{ role: "user", content: "?", images: ["aGVsbG8="] }] }),
    /image/,
  );
  await assert.rejects(client.generate({ model, prompt: "x", options: { colour: 1 } }), /colour/);
});

test("ollama: abort", async () => {
  const stream = await client.generate({ model, prompt: "Tell me a long story", stream: true, options: { num_predict: 2000 } });
  await assert.rejects(async () => {
    for await (const part of stream) {
      if (part.response) stream.abort();
    }
  }, { name: "AbortError" });
});
