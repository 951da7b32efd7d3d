import type { AnswerPart, UsageRecord } from '@pointsman/contract'
import type { AnswerAbout } from '@pointsman/wire'
import { CollectedAnswer } from './collected-answer.ts'
import { converseFace, invoke, type Invoking } from './invoke.ts'
import type { InvokeRequest, StreamEvent } from './messages.ts'
import { responseOf } from './model-response.ts'
import { onAbort } from './on-abort.ts'
import { StreamClient } from './stream-client.ts'

/**
 * One call, answered piece by piece. Whoever stops reading, or aborts the request's signal, ends the vendor's work too.
 * Throws ModelManagerError, also in the middle of an answer that its vendor cut: what has come until then is no whole answer.
 */
export async function* invokeStream(
  request: InvokeRequest,
  invoking: Invoking,
): AsyncGenerator<StreamEvent, void, undefined> {
  const face = converseFace(invoking.engine)
  const client = new StreamClient(face.streamReader({ mode: 'translate', hideUsage: false }))
  const forget = onAbort(request.signal, () => client.leave())
  const invoked = invoke(request, 'chat-stream', client, invoking).finally(() => client.finish())
  // It is awaited below, or nobody reads any more and its failure is in the record.
  const settled = invoked.then(
    () => undefined,
    () => undefined,
  )
  const answer = new CollectedAnswer()
  try {
    for (let parts = await client.next(); parts !== null; parts = await client.next()) {
      for (const part of parts) {
        answer.add(part)
        const event = eventOf(part)
        if (event !== null) yield event
      }
    }
    const ended = await invoked
    const written = (): Uint8Array => face.writeResult(answer.result(), aboutOf(ended.record))
    yield { type: 'end', response: responseOf(ended, written) }
  } finally {
    forget()
    client.leave()
    await settled
  }
}

function eventOf(part: AnswerPart): StreamEvent | null {
  switch (part.type) {
    case 'text-delta':
      return { type: 'text', text: part.text }
    case 'reasoning-delta':
      return { type: 'reasoning', text: part.text }
    case 'tool-arguments-delta':
      return { type: 'tool-arguments', json: part.json }
    case 'block-start':
      return part.block.kind === 'tool-call'
        ? { type: 'tool-call', id: part.block.id, name: part.block.name }
        : null
    default:
      return null
  }
}

/** Of the answer's own form only the content is read again. */
const aboutOf = (record: UsageRecord): AnswerAbout => ({
  answerId: record.requestId,
  createdAtS: Math.floor(record.receivedAtMs / 1_000),
  model: record.modelId ?? '',
  modelName: record.modelId ?? '',
  streamUsage: false,
  elapsedMs: record.durationMs,
  vectorEncoding: 'float',
  asked: {},
  reason: record.reason ?? 'agent',
  conversation: null,
  elapsedMsNow: () => record.durationMs,
  costNanoUsd: () => record.costNanoUsd,
})
