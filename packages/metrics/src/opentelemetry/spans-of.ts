import {
  spanBelow,
  type AttemptRecord,
  type CapturedExchange,
  type TraceContext,
  type UsageRecord,
} from '@pointsman/contract'
import { invocationOf } from '../invocation.ts'
import { operationNames, providerName } from './gen-ai.ts'
import { known, type Attributes, type Span } from './span.ts'

/**
 * The request's span, one for each call of a vendor below it, and below a streamed one that of its content. Empty where the
 * record is of no trace or of one that is not kept.
 * @param exchange its text, only where the operator allows it on spans; null = none.
 */
export function spansOf(record: UsageRecord, exchange: CapturedExchange | null): readonly Span[] {
  const { trace } = record
  if (trace?.sampled !== true) return []
  const attempts = record.attempts.flatMap((attempt, index) =>
    attemptSpans(record, trace, { attempt, number: index + 1, exchange }),
  )
  return [requestSpan(record, trace), ...attempts]
}

const operationOf = ({ operation, stream }: UsageRecord): keyof typeof operationNames =>
  operation ?? (stream ? 'chat-stream' : 'chat')

/** Of the gateway itself. The conventions' own attributes stand on the calls, so that no tool counts tokens twice. */
function requestSpan(record: UsageRecord, trace: TraceContext): Span {
  const { costNanoUsd, error, plan, route, status } = record
  const name = `${operationNames[operationOf(record)]} ${route ?? plan.target ?? ''}`.trim()
  return {
    ...{ traceId: trace.traceId, spanId: trace.spanId, parentSpanId: trace.parentSpanId },
    ...{ traceState: trace.state, name, kind: 'server' },
    startedAtMs: record.receivedAtMs,
    endedAtMs: record.receivedAtMs + record.durationMs,
    attributes: known({
      'http.request.method': 'POST',
      'http.response.status_code': status,
      'error.type': error?.code,
      'pointsman.request.id': record.requestId,
      'pointsman.requested': record.requested,
      'pointsman.route': route,
      'pointsman.use_case': record.useCase,
      'pointsman.agent': record.agent,
      'pointsman.face': record.face,
      'pointsman.model': record.modelId,
      'pointsman.reason': record.reason,
      'pointsman.revision': record.revision.number,
      'pointsman.outcome': record.outcome,
      'pointsman.attempts': record.attempts.length,
      'pointsman.overhead_us': record.overheadUs,
      'pointsman.cost_usd': costNanoUsd === null ? null : costNanoUsd / 1e9,
    }),
    error: isFault(record) ? (error?.message ?? null) : null,
  }
}

/** What the caller did wrong is no fault of a server. */
const isFault = ({ error, status }: UsageRecord): boolean =>
  error !== null && (status === null || status >= 500) && error.code !== 'client_closed'

interface Call {
  readonly attempt: AttemptRecord
  readonly number: number
  readonly exchange: CapturedExchange | null
}

function attemptSpans(record: UsageRecord, trace: TraceContext, call: Call): readonly Span[] {
  const { attempt, number } = call
  const { endedAfterMs, error, firstContentAfterMs, modelId, startedAtMs } = attempt
  const operation = operationOf(record)
  // Odd numbers are calls; the even one after each is its stream.
  const spanId = spanBelow(trace.spanId, 2 * number - 1)
  const place = { traceId: trace.traceId, traceState: trace.state, endedAtMs: startedAtMs + endedAfterMs }
  const own: Span = {
    ...{ ...place, spanId, parentSpanId: trace.spanId, kind: 'client' },
    name: `${operationNames[operation]} ${modelId}`,
    startedAtMs,
    attributes: callAttributes(record, call),
    error: error?.message ?? null,
  }
  if (operation !== 'chat-stream' || firstContentAfterMs === null) return [own]
  const stream: Span = {
    ...{ ...place, parentSpanId: spanId, kind: 'internal' },
    spanId: spanBelow(trace.spanId, 2 * number),
    name: `stream ${modelId}`,
    startedAtMs: startedAtMs + firstContentAfterMs,
    attributes: known({ 'error.type': error?.code }),
    error: error?.message ?? null,
  }
  return [own, stream]
}

function callAttributes(record: UsageRecord, { attempt, exchange }: Call): Attributes {
  const { error, firstContentAfterMs, modelId, provider, region, status, upstreamRequestId } = attempt
  const operation = operationOf(record)
  const isStream = operation === 'chat-stream'
  return known({
    'gen_ai.operation.name': operationNames[operation],
    'gen_ai.provider.name': providerName(provider),
    'gen_ai.request.model': modelId,
    'gen_ai.request.stream': isStream ? true : null,
    'gen_ai.agent.name': record.agent,
    'gen_ai.conversation.id': record.conversationId,
    'gen_ai.response.time_to_first_chunk':
      isStream && firstContentAfterMs !== null ? firstContentAfterMs / 1_000 : null,
    'cloud.region': region,
    'http.response.status_code': status,
    'error.type': error?.code,
    'pointsman.upstream.request_id': upstreamRequestId,
    ...(record.attempts.at(-1) === attempt ? answerAttributes(record, exchange) : {}),
  })
}

/** Of the call that answered, which is the last one. */
function answerAttributes(record: UsageRecord, exchange: CapturedExchange | null) {
  if (record.modelId === null) return {}
  const invocation = invocationOf(record)
  return {
    'gen_ai.response.model': record.modelId,
    'gen_ai.response.finish_reasons': record.finish === null ? null : [record.finish],
    'gen_ai.usage.input_tokens': invocation?.inputTokens,
    'gen_ai.usage.output_tokens': invocation?.outputTokens,
    'gen_ai.usage.cache_read.input_tokens': invocation?.cacheReadTokens,
    'gen_ai.usage.cache_creation.input_tokens': invocation?.cacheWriteTokens,
    'gen_ai.usage.reasoning.output_tokens': invocation?.reasoningTokens,
    'gen_ai.input.messages': messages('user', exchange?.prompt ?? null),
    'gen_ai.output.messages': messages('assistant', exchange?.answer ?? null, record.finish ?? undefined),
  }
}

/** The conventions' form of messages, as text; what was kept of an exchange is one text a side. */
const messages = (role: string, content: string | null, finish?: string): string | null =>
  content === null
    ? null
    : JSON.stringify([
        {
          role,
          parts: [{ type: 'text', content }],
          ...(finish === undefined ? {} : { finish_reason: finish }),
        },
      ])
