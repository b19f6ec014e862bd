// Anthropic's own client against the server at DALANG_URL with the key DALANG_KEY.
import { test } from "node:test";
import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { z } from "zod";

const url = process.env.DALANG_URL ?? "http://127.0.0.1:3252";
const key = process.env.DALANG_KEY;
assert.ok(key, "DALANG_KEY is not set");
const model = process.env.DALANG_MODEL ?? "dalang-mini";
const client = new Anthropic({ baseURL: url, apiKey: key });
const kenya = { role: "user", content: "What is the capital of Kenya?" };
const text = (message) => message.content.map((b) => b.text ?? "").join("");

test("anthropic: chat, whole and streamed", async () => {
  const { data: whole, request_id } = await client.messages.create({ model, max_tokens: 60, temperature: 0, messages: [kenya] }).withResponse();
  assert.match(text(whole), /Nairobi/);
  assert.match(request_id, /^req_/);
  assert.equal(whole.stop_reason, "end_turn");
  const stream = client.messages.stream({ model, max_tokens: 60, temperature: 0, messages: [kenya] });
  let said = "";
  stream.on("text", (delta) => (said += delta));
  const final = await stream.finalMessage();
  assert.equal(said, text(whole));
  assert.equal(text(final), text(whole));
  assert.equal(final.usage.output_tokens, whole.usage.output_tokens);
});

test("anthropic: system, prefill, stop sequences, cache control", async () => {
  const message = await client.messages.create({
    model,
    max_tokens: 60,
    temperature: 0,
    system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }],
    stop_sequences: ["robi"],
    messages: [kenya, { role: "assistant", content: "The capital of Kenya is" }],
  });
  assert.equal(message.stop_reason, "stop_sequence");
  assert.equal(message.stop_sequence, "robi");
});

test("anthropic: tools", async () => {
  const tools = [
    {
      name: "weather",
      description: "The weather of a city",
      input_schema: {
        type: "object",
        properties: { city: { enum: ["Oslo", "Rome"] } },
        required: ["city"],
        additionalProperties: false,
      },
    },
  ];
  const request = { model, max_tokens: 200, temperature: 0, tools, messages: [{ role: "user", content: "Weather?" }] };
  const called = await client.messages.create({ ...request, tool_choice: { type: "tool", name: "weather", disable_parallel_tool_use: true } });
  assert.equal(called.stop_reason, "tool_use");
  const call = called.content.find((b) => b.type === "tool_use");
  assert.ok(["Oslo", "Rome"].includes(call.input.city));
  const stream = client.messages.stream({ ...request, tool_choice: { type: "any", disable_parallel_tool_use: true } });
  let json = "";
  stream.on("inputJson", (delta) => (json += delta));
  const final = await stream.finalMessage();
  assert.deepEqual(JSON.parse(json), final.content.find((b) => b.type === "tool_use").input);
  const next = await client.messages.create({
    ...request,
    max_tokens: 20,
    messages: [
      ...request.messages,
      { role: "assistant", content: called.content },
      { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "sun" }] },
    ],
  });
  assert.equal(next.role, "assistant");
});

test("anthropic: parsed output", async () => {
  const place = z.object({ city: z.enum(["Nairobi", "Oslo"]) });
  const message = await client.messages.parse({
    model,
    max_tokens: 100,
    temperature: 0,
    messages: [kenya],
    output_config: { format: zodOutputFormat(place) },
  });
  assert.ok(["Nairobi", "Oslo"].includes(message.parsed_output.city));
});

test("anthropic: tokens and models", async () => {
  const counted = await client.messages.countTokens({ model, messages: [kenya] });
  const message = await client.messages.create({ model, max_tokens: 2, messages: [kenya] });
  assert.equal(message.usage.input_tokens + message.usage.cache_read_input_tokens, counted.input_tokens);
  const ids = [];
  for await (const m of client.models.list()) ids.push(m.id);
  assert.ok(ids.includes(model));
  assert.equal((await client.models.retrieve(model)).type, "model");
});

test("anthropic: errors", async () => {
  const ask = (more) => client.messages.create({ model, max_tokens: 5, messages: [kenya], ...more });
  await assert.rejects(ask({ model: "nobody" }), Anthropic.NotFoundError);
  await assert.rejects(ask({ colour: 1 }), (e) => e instanceof Anthropic.BadRequestError && /colour/.test(e.message));
  const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "aGVsbG8=" } };
  await assert.rejects(ask({ messages: [{ role: "user", content: [image] }] }), (e) => e.status === 400 && /image/.test(e.message));
  await assert.rejects(new Anthropic({ baseURL: url, apiKey: "wrong" }).messages.create({ model, max_tokens: 5, messages: [kenya] }), Anthropic.AuthenticationError);
});

test("anthropic: abort", async () => {
  const stream = client.messages.stream({ model, max_tokens: 2000, messages: [{ role: "user", content: "Tell me a long story" }] });
  stream.on("text", () => stream.abort());
  await assert.rejects(stream.finalMessage(), Anthropic.APIUserAbortError);
});
