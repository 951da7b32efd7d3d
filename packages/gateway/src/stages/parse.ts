import {
  conversationId,
  inOnePiece,
  joinedText,
  PointsmanError,
  userId,
  type ConversationId,
  type Operation,
  type Principal,
  type UserId,
} from '@pointsman/contract'
import type { WrittenAs } from '@pointsman/core'
import { formOf } from '@pointsman/engine'
import { invokeFace, type BodyCaller, type Dialect } from '@pointsman/wire'
import type { Exchange } from '../exchange.ts'
import type { Matched } from '../routes.ts'
import { HeldRequest } from './held-request.ts'

/** What the caller's headers say about a request, beside its body. */
export interface CallerHeaders {
  readonly useCase: string | null
  readonly agent: string | null
  readonly role: string | null
  readonly conversation: ConversationId | null
  readonly user: UserId | null
  readonly session: string | null
  readonly tags: readonly string[]
  /** `x-pointsman-pin-agent: true`: this conversation keeps its model under an agent, too. */
  readonly pinsAgent: boolean
  /** The seeds' word for a use case, where a body brings it. */
  readonly assistantType?: string | null
  /** Where the names of routes stand that did not come in headers. */
  readonly writtenAs?: WrittenAs
  /** False = the caller does not want to be told of a switch of its conversation. */
  readonly tellSwitch?: boolean
}

/** Longer values are refused: they stand in every record of the request. */
const maxHeaderCharacters = 256
const maxTags = 20

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Node reads a header byte by byte, as latin1. Names are UTF-8 everywhere else, so bytes that are UTF-8 are read as such. */
function headerText(raw: string): string {
  if (!/^[\0-\xff]*[\x80-\xff][\0-\xff]*$/.test(raw)) return raw
  try {
    return utf8.decode(Uint8Array.from(raw, (character) => character.charCodeAt(0)))
  } catch {
    // Latin1 in truth.
    return raw
  }
}

function headerValue(exchange: Exchange, name: string): string | null {
  const raw = exchange.header(name)
  // Most requests have none of ours.
  if (raw === undefined) return null
  // Trimmed after it was decoded: half of an à is the latin1 code of a space.
  const value = headerText(raw).trim()
  if (value === '') return null
  if (value.length > maxHeaderCharacters) {
    throw new PointsmanError(
      'invalid_request',
      `The header ${name} has ${value.length} characters; ${maxHeaderCharacters} is the limit.`,
      { field: name },
    )
  }
  return inOnePiece(value)
}

function readFlag(exchange: Exchange, name: string): boolean {
  const value = headerValue(exchange, name)?.toLowerCase() ?? 'false'
  if (value === 'true') return true
  if (value === 'false') return false
  throw new PointsmanError(
    'invalid_request',
    `The header ${name} is "true" or "false", not "${value.slice(0, 40)}".`,
    {
      field: name,
    },
  )
}

const none: readonly string[] = []

const tagsOf = (raw: string | undefined): readonly string[] =>
  raw === undefined
    ? none
    : headerText(raw)
        .split(',')
        .map((tag) => inOnePiece(tag.trim()))
        .filter((tag) => tag !== '')

/** Reads the headers of contract section 2. A signed-in user's own id wins over any id sent. */
export function callerHeaders(exchange: Exchange, principal: Principal): CallerHeaders {
  const conversation = headerValue(exchange, 'x-pointsman-conversation')
  const user = headerValue(exchange, 'x-pointsman-user')
  const tags = tagsOf(exchange.header('x-pointsman-tags'))
  if (tags.length > maxTags || tags.some((tag) => tag.length > maxHeaderCharacters)) {
    throw new PointsmanError(
      'invalid_request',
      `x-pointsman-tags takes at most ${maxTags} tags of ${maxHeaderCharacters} characters, separated by commas.`,
      {
        field: 'x-pointsman-tags',
      },
    )
  }
  return {
    useCase: headerValue(exchange, 'x-pointsman-use-case'),
    agent: headerValue(exchange, 'x-pointsman-agent'),
    role: headerValue(exchange, 'x-pointsman-role'),
    conversation: conversation === null ? null : conversationId(conversation),
    user: principal.userId ?? (user === null ? null : userId(user)),
    session: headerValue(exchange, 'x-pointsman-session'),
    tags,
    pinsAgent: readFlag(exchange, 'x-pointsman-pin-agent'),
  }
}

/**
 * The caller, where its body says who it is (native chat): a body's names win over those of headers, and a signed-in
 * user's own id over both. A message without a conversation begins one, with an id from `newId`. Throws
 * `invalid_request` where nobody says whose message it is.
 */
export function callerOfBody(
  caller: CallerHeaders,
  said: BodyCaller,
  { principal, newId }: { readonly principal: Principal; readonly newId: () => string },
): CallerHeaders {
  const user = principal.userId ?? (said.user === null ? caller.user : userId(said.user.text))
  if (user === null) {
    throw new PointsmanError('invalid_request', '`userId` is missing: say whose message it is.', {
      field: 'userId',
    })
  }
  const id = said.conversation?.text ?? caller.conversation ?? newId()
  return {
    ...caller,
    ...routeOfBody(said),
    conversation: conversationId(id),
    user,
    tellSwitch: said.tellSwitch,
  }
}

/** A body that names a route is not mixed with headers that name another. */
function routeOfBody({ agent, assistantType, role, useCase }: BodyCaller): Partial<CallerHeaders> {
  if (agent === null && useCase === null && role === null && assistantType === null) return {}
  return {
    agent: agent?.text ?? null,
    useCase: useCase?.text ?? null,
    role: role?.text ?? null,
    assistantType: assistantType?.text ?? null,
    writtenAs: {
      agent: agent?.field,
      useCase: useCase?.field,
      role: role?.field,
      assistantType: assistantType?.field,
    },
  }
}

export type ChatMatch = Matched & { readonly kind: 'chat' }

export interface ParsedRequest {
  readonly operation: Operation
  readonly scanned: HeldRequest
  /** The name to resolve: the path's where the face has it there, else the body's; a body without one asks for the default. */
  readonly requested: string
}

/**
 * InvokeModel has one path for the native bodies of all families, chats and embeddings alike: what the body is written in
 * says which face and operation it is. Throws
 * `invalid_request` for a body of no family that is known.
 */
export function faceOfBody(matched: ChatMatch, body: Uint8Array): ChatMatch {
  if (matched.face !== 'bedrock-invoke-claude') return matched
  const { name, embeds } = invokeFace(body)
  // A stream is what the path asks for, and no vectors come as one: the face refuses it.
  const operation = embeds && matched.operation === 'chat' ? 'embed' : matched.operation
  return { ...matched, face: name, operation }
}

/** As long as Bedrock's may be, whose ARNs are the longest (AWS API reference, Converse, 2026-11). */
const maxNameCharacters = 2_048

/** Longer than any model's, a name is cut so that it stays none: it stands in every record of the request, and in its errors. */
export const shortName = (name: string): string =>
  name.length <= maxNameCharacters ? name : joinedText(name.slice(0, maxNameCharacters).toWellFormed(), '…')

/** Reads what routing needs of a body. `matched.operation` is what the path says; null = the body tells whether it streams. */
export function parseChat(face: Dialect, matched: ChatMatch, body: Uint8Array): ParsedRequest {
  const asked = matched.operation
  const form = formOf(face, asked ?? 'chat')
  if (form === null) throw new PointsmanError('internal', `The face ${face.name} has no ${asked ?? 'chat'}.`)
  const scanned = new HeldRequest(form.scanRequest(body, asked === null ? null : asked === 'chat-stream'))
  const requested = shortName((matched.model ?? scanned.model ?? '').trim())
  return {
    operation: asked ?? (scanned.stream ? 'chat-stream' : 'chat'),
    scanned,
    requested: requested === '' ? 'default' : requested,
  }
}

/** The caller's headers that belong to a dialect's body, flat. */
export function dialectHeaders(exchange: Pick<Exchange, 'header'>, face: Dialect): readonly string[] {
  // Some dialects have none.
  if (face.requestHeaders.length === 0) return none
  return face.requestHeaders.flatMap(({ name }) => {
    const value = exchange.header(name)
    return value === undefined ? [] : [name, value]
  })
}
