import { cores } from './processes.ts'
import { startNginx } from './nginx.ts'

/**
 * A vendor that answers at once, whole, in both dialects. nginx again: it reads a request and says a fixed text for some
 * 6 µs of processor time, which is less than any server of ours and leaves the load its core.
 */
export interface Upstream {
  readonly url: string
  stop(): Promise<void>
}

const text =
  'The points at Rosenheim are set for track four, and the signal beyond them shows clear. '.repeat(4)

const openaiAnswer = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_764_000_000,
  model: 'gpt-4o-2024-08-06',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: text, refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: {
    prompt_tokens: 120,
    completion_tokens: 80,
    total_tokens: 200,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  },
})

const converseAnswer = JSON.stringify({
  output: { message: { role: 'assistant', content: [{ text }] } },
  stopReason: 'end_turn',
  usage: { inputTokens: 120, outputTokens: 80, totalTokens: 200 },
  metrics: { latencyMs: 3 },
})

export async function startUpstream(): Promise<Upstream> {
  const nginx = await startNginx(
    cores.load,
    (port) => `
  server {
    listen 127.0.0.1:${port} backlog=4096;
    add_header x-request-id req_bench;
    location = /ready { return 200; }
    location = /status { stub_status; }
    location /v1/ { return 200 '${openaiAnswer}'; }
    location /model/ { return 200 '${converseAnswer}'; }
  }`,
  )
  return { url: nginx.url, stop: () => nginx.stop() }
}
