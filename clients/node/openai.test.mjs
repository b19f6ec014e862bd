// OpenAI's own client, LangChain's and the AI SDK's, against the server at DALANG_URL with the key DALANG_KEY.
import { test } from "node:test";
import assert from "node:assert/strict";
import OpenAI from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { embed, generateText, Output, streamText } from "ai";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";

const url = process.env.DALANG_URL ?? "http://127.0.0.1:3252";
const key = process.env.DALANG_KEY;
assert.ok(key, "DALANG_KEY is not set");
const model = process.env.DALANG_MODEL ?? "dalang-mini";
const baseURL = `${url}/v1`;
const client = new OpenAI({ baseURL, apiKey: key });
const kenya = { role: "user", content: "What is the capital of Kenya?" };

test("openai: chat, whole and streamed", async () => {
  const whole = await client.chat.completions.create({ model, temperature: 0, messages: [kenya] });
  assert.match(whole.choices[0].message.content, /Nairobi/);
  const stream = client.chat.completions.stream({
    model,
    temperature: 0,
    messages: [kenya],
    stream_options: { include_usage: true },
  });
  let text = "";
  stream.on("content", (delta) => (text += delta));
  const final = await stream.finalChatCompletion();
  assert.equal(text, whole.choices[0].message.content);
  assert.equal(final.choices[0].finish_reason, "stop");
  assert.equal(final.usage.total_tokens, whole.usage.total_tokens);
});

test("openai: parsed output", async () => {
  const place = z.object({ city: z.enum(["Nairobi", "Oslo"]) });
  const parsed = await client.chat.completions.parse({
    model,
    temperature: 0,
    messages: [kenya],
    response_format: zodResponseFormat(place, "place"),
  });
  assert.ok(["Nairobi", "Oslo"].includes(parsed.choices[0].message.parsed.city));
  const response = await client.responses.parse({
    model,
    temperature: 0,
    input: "What is the capital of Kenya?",
    text: { format: zodTextFormat(place, "place") },
  });
  assert.ok(["Nairobi", "Oslo"].includes(response.output_parsed.city));
  // What was cut off is not taken for an answer.
  await assert.rejects(
    client.chat.completions.parse({
      model,
      max_tokens: 1,
      messages: [kenya],
      response_format: zodResponseFormat(place, "place"),
    }),
    OpenAI.LengthFinishReasonError,
  );
});

test("openai: a tool is called and its result read", async () => {
  const tools = [
    {
      type: "function",
      function: {
        name: "weather",
        strict: true,
        parameters: {
          type: "object",
          properties: { city: { enum: ["Nairobi", "Oslo"] } },
          required: ["city"],
          additionalProperties: false,
        },
      },
    },
  ];
  const stream = client.chat.completions.stream({
    model,
    temperature: 0,
    messages: [kenya],
    tools,
    tool_choice: "required",
    parallel_tool_calls: false,
  });
  const message = await stream.finalMessage();
  const call = message.tool_calls[0];
  assert.equal(call.function.name, "weather");
  assert.ok(["Nairobi", "Oslo"].includes(JSON.parse(call.function.arguments).city));
  const next = await client.chat.completions.create({
    model,
    max_tokens: 8,
    messages: [kenya, message, { role: "tool", tool_call_id: call.id, content: "sunny" }],
    tools,
    tool_choice: "none",
  });
  assert.ok(next.choices[0].finish_reason);
});

test("openai: responses, which are kept", async () => {
  const first = await client.responses.create({ model, temperature: 0, input: "What is the capital of Kenya?" });
  assert.match(first.output_text, /Nairobi/);
  const stream = client.responses.stream({
    model,
    temperature: 0,
    input: "What is the capital of Norway?",
    previous_response_id: first.id,
  });
  let text = "";
  stream.on("response.output_text.delta", (event) => (text += event.delta));
  const final = await stream.finalResponse();
  assert.equal(final.output_text, text);
  assert.match(text, /Oslo/);
  assert.equal((await client.responses.retrieve(final.id)).previous_response_id, first.id);
  await client.responses.delete(first.id);
  await assert.rejects(client.responses.retrieve(first.id), OpenAI.NotFoundError);
});

test("openai: embeddings, models, errors", async () => {
  // The client asks for base64 by itself.
  const { data } = await client.embeddings.create({ model, input: ["one", "two"] });
  assert.equal(data.length, 2);
  assert.ok(Math.abs(data[0].embedding.reduce((sum, v) => sum + v * v, 0) - 1) < 1e-3);
  const names = [];
  for await (const m of client.models.list()) names.push(m.id);
  assert.ok(names.includes(model));
  await assert.rejects(
    client.chat.completions.create({ model: "nobody", messages: [kenya] }),
    (e) => e instanceof OpenAI.NotFoundError && e.code === "model_not_found" && e.param === "model",
  );
  await assert.rejects(
    client.chat.completions.create({ model, messages: [kenya], temperature: 3 }),
    (e) => e instanceof OpenAI.BadRequestError && e.param === "temperature",
  );
  await assert.rejects(
    new OpenAI({ baseURL, apiKey: "wrong", maxRetries: 0 }).chat.completions.create({ model, messages: [kenya] }),
    OpenAI.AuthenticationError,
  );
});

test("openai: whoever aborts gets no more", async () => {
  const stream = await client.chat.completions.create({ model, messages: [kenya], stream: true });
  for await (const _ of stream) break;
  assert.equal(stream.controller.signal.aborted, true);
});

test("openai: a batch", async () => {
  const line = {
    custom_id: "a",
    method: "POST",
    url: "/v1/chat/completions",
    body: { model, temperature: 0, messages: [kenya] },
  };
  const file = await client.files.create({
    file: new File([JSON.stringify(line)], "in.jsonl"),
    purpose: "batch",
  });
  let batch = await client.batches.create({
    input_file_id: file.id,
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
  });
  while (["validating", "in_progress", "finalizing"].includes(batch.status)) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    batch = await client.batches.retrieve(batch.id);
  }
  assert.equal(batch.status, "completed");
  const content = await (await client.files.content(batch.output_file_id)).text();
  assert.match(content, /Nairobi/);
});

test("AI SDK: text, stream, object, embedding", async () => {
  const provider = createOpenAICompatible({
    name: "dalang",
    baseURL,
    apiKey: key,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
  const { text } = await generateText({ model: provider(model), temperature: 0, prompt: kenya.content });
  assert.match(text, /Nairobi/);
  const streamed = streamText({ model: provider(model), temperature: 0, prompt: kenya.content });
  assert.equal(await streamed.text, text);
  assert.ok((await streamed.usage).outputTokens > 0);
  const { output } = await generateText({
    model: provider(model),
    temperature: 0,
    prompt: kenya.content,
    output: Output.object({ schema: z.object({ city: z.enum(["Nairobi", "Oslo"]) }) }),
  });
  assert.ok(["Nairobi", "Oslo"].includes(output.city));
  const { embedding } = await embed({ model: provider.textEmbeddingModel(model), value: "one" });
  assert.ok(embedding.length > 0);
});

test("LangChain: chat, stream, tools, structured output, embeddings", async () => {
  const configuration = { baseURL };
  const chat = new ChatOpenAI({ model, temperature: 0, apiKey: key, configuration });
  const answer = await chat.invoke(kenya.content);
  assert.match(answer.content, /Nairobi/);
  let text = "";
  for await (const chunk of await chat.stream(kenya.content)) text += chunk.content;
  assert.equal(text, answer.content);
  const weather = {
    type: "function",
    function: {
      name: "weather",
      parameters: {
        type: "object",
        properties: { city: { enum: ["Nairobi", "Oslo"] } },
        required: ["city"],
        additionalProperties: false,
      },
    },
  };
  const called = await chat.bindTools([weather], { tool_choice: "weather", parallel_tool_calls: false }).invoke(kenya.content);
  assert.equal(called.tool_calls[0].name, "weather");
  const place = await chat
    .withStructuredOutput(z.object({ city: z.enum(["Nairobi", "Oslo"]) }))
    .invoke(kenya.content);
  assert.ok(["Nairobi", "Oslo"].includes(place.city));
  const vector = await new OpenAIEmbeddings({ model, apiKey: key, configuration }).embedQuery("one");
  assert.ok(vector.length > 0);
});
