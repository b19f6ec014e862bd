// Mistral's own client against the simulator at SIMULATOR_URL with the key SIMULATOR_KEY. SimulatedMistralTest says what the
// simulator answers, and runs the test of that name.
import { test } from "node:test";
import assert from "node:assert/strict";
import { Mistral } from "@mistralai/mistralai";
import { HTTPValidationError, MistralError, SDKError } from "@mistralai/mistralai/models/errors";

const serverURL = process.env.SIMULATOR_URL;
const key = process.env.SIMULATOR_KEY;
assert.ok(serverURL && key, "SIMULATOR_URL and SIMULATOR_KEY are not set");
const client = new Mistral({ serverURL, apiKey: key });
const asked = { model: "mistral-medium-3-5", messages: [{ role: "user", content: "What is the weather?" }] };

async function streamed(events) {
  const heard = { text: "", thinking: "", signature: undefined, calls: [] };
  for await (const { data } of events) {
    const choice = data.choices[0];
    const content = choice.delta.content ?? "";
    for (const chunk of typeof content === "string" ? [{ type: "text", text: content }] : content) read(chunk, heard);
    heard.calls.push(...(choice.delta.toolCalls ?? []));
    heard.reason = choice.finishReason ?? heard.reason;
    heard.usage = data.usage ?? heard.usage;
  }
  return heard;
}

function read(chunk, heard) {
  if (chunk.type === "text") return (heard.text += chunk.text);
  assert.equal(chunk.type, "thinking");
  for (const piece of chunk.thinking) heard.thinking += piece.text;
  heard.signature = chunk.signature ?? heard.signature;
}

function whole(answer) {
  const { message, finishReason: reason } = answer.choices[0];
  const heard = { text: "", thinking: "", signature: undefined, calls: message.toolCalls ?? [] };
  if (typeof message.content === "string") heard.text = message.content;
  else for (const chunk of message.content) read(chunk, heard);
  return { ...heard, reason, usage: answer.usage };
}

async function both() {
  return [whole(await client.chat.complete(asked)), await streamed(await client.chat.stream(asked))];
}

test("answers", async () => {
  for (const heard of await both()) {
    assert.equal(heard.text, "Hello there!");
    assert.equal(heard.reason, "stop");
    assert.equal(heard.usage.promptTokens, 5);
    assert.equal(heard.usage.completionTokens, 3);
    assert.equal(heard.usage.totalTokens, 8);
    assert.equal(heard.usage.prompt_tokens_details.cached_tokens, 4);
  }
  const middle = { model: "codestral-latest", prompt: "def f(", suffix: "return a" };
  assert.equal(whole(await client.fim.complete(middle)).text, "Hello there!");
  assert.equal((await streamed(await client.fim.stream(middle))).text, "Hello there!");
});

test("calls", async () => {
  for (const heard of await both()) {
    assert.equal(heard.thinking, "Kenya, so");
    assert.equal(heard.signature, "c2lnbmVk");
    assert.equal(heard.text, "One moment.");
    assert.equal(heard.reason, "tool_calls");
    assert.deepEqual(
      heard.calls.map((c) => [c.id, c.index, c.function.name, c.function.arguments]),
      [
        ["weather01", 0, "weather", '{"city":"Nairobi"}'],
        ["time00002", 1, "time", '{"zone":"EAT"}'],
      ],
    );
  }
  // And its request with all that, and the results, is one that the simulator takes.
  const { choices } = await client.chat.complete(asked);
  const results = choices[0].message.toolCalls.map((c) => ({
    role: "tool",
    toolCallId: c.id,
    name: c.function.name,
    content: "sunny",
  }));
  const messages = [...asked.messages, { role: "assistant", ...choices[0].message }, ...results];
  assert.equal(whole(await client.chat.complete({ ...asked, messages })).reason, "tool_calls");
});

test("cut", async () => {
  for (const heard of await both()) assert.equal(heard.reason, "length");
});

test("refusals", async () => {
  const stranger = new Mistral({ serverURL, apiKey: "wrong" });
  for (const asking of [() => stranger.chat.complete(asked), () => stranger.chat.stream(asked)]) {
    await assert.rejects(asking, (e) => e instanceof SDKError && e.statusCode === 401);
  }
  // What comes next the test has put in order: 429, 429, 422, an error within a stream, a chunk that is no JSON.
  for (const asking of [() => client.chat.complete(asked), () => client.chat.stream(asked)]) {
    await assert.rejects(asking, (e) => {
      assert.ok(e instanceof MistralError);
      assert.equal(e.statusCode, 429);
      assert.equal(e.headers.get("retry-after"), "7");
      assert.equal(JSON.parse(e.body).message, "slow down");
      return true;
    });
  }
  await assert.rejects(client.chat.complete(asked), (e) => {
    assert.ok(e instanceof HTTPValidationError);
    assert.equal(e.detail[0].msg, "no such number");
    return true;
  });
  assert.equal((await streamed(await client.chat.stream(asked))).reason, "error");
  await assert.rejects(client.chat.stream(asked).then(streamed));
});

test("embeddings", async () => {
  const said = await client.embeddings.create({ model: "mistral-embed", inputs: ["a", "bcd"] });
  assert.deepEqual(said.data.map((d) => [d.index, d.embedding]).sort(), [
    [0, [1, 0.5, -0.25]],
    [1, [3, 0.5, -0.25]],
  ]);
  assert.equal(said.usage.promptTokens, 2);
});
