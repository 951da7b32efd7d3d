import { noUsage, PointsmanError } from '@pointsman/contract'
import type { ChatCall, CountResult, JsonObject } from '@pointsman/contract'

import { betaOfTool } from '../anthropic-messages/quirk-own-tools.ts'
import { decodeBase64Text, encodeBase64Text } from '../base64-text.ts'
import { invokeFace } from '../bedrock-invoke/quirk-face.ts'
import type { Dialect, ScannedRequest, WholeForm, WriteTarget, WrittenRequest } from '../dialect.ts'
import { numberOf } from '../exact-json.ts'
import { asObject, asString, invalidField, isJsonObject } from '../json-fields.ts'
import { readRequestBody, readVendorJson } from '../read-body.ts'
import { onlyMember } from './read-messages.ts'
import { passRequest } from './pass-request.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Whose forms a count may hold: Converse's, and those of InvokeModel's native bodies. */
export interface CountedForms {
  readonly converse: Dialect
  readonly invoke: readonly Dialect[]
}

interface Counted {
  readonly dialect: Dialect
  readonly bytes: Uint8Array
  /** Where the request stands in the caller's body. */
  readonly path: string
}

function countedBody(text: string, { invoke }: CountedForms): Counted {
  const path = 'input.invokeModel.body'
  const json = decodeBase64Text(text)
  if (json === null) throw invalidField(path, 'must be base64 of a JSON body.')
  const bytes = encoder.encode(json)
  const face = within({ path }, () => invokeFace(bytes))
  const dialect = invoke.find(({ name }) => name === face.name)
  if (dialect === undefined) throw invalidField(path, 'must be the body of a chat.')
  return { dialect, bytes, path }
}

function counted(json: JsonObject, forms: CountedForms): Counted {
  const { name, value } = onlyMember(json['input'], 'input')
  const path = `input.${name}`
  if (name === 'converse') {
    return { dialect: forms.converse, bytes: encoder.encode(JSON.stringify(asObject(value, path))), path }
  }
  if (name !== 'invokeModel') throw invalidField('input', 'must hold "converse" or "invokeModel".')
  return countedBody(asString(asObject(value, path)['body'], `${path}.body`), forms)
}

/** The fields of errors as the caller wrote them: from the root of the count, not of what is counted. */
function within<Read>({ path }: Pick<Counted, 'path'>, read: () => Read): Read {
  try {
    return read()
  } catch (thrown) {
    if (!(thrown instanceof PointsmanError) || thrown.details.field === undefined) throw thrown
    const field = `${path}.${thrown.details.field}`
    throw new PointsmanError(thrown.code, `In \`${path}\`: ${thrown.message}`, { ...thrown.details, field })
  }
}

function scanRequest(received: Uint8Array, forms: CountedForms): ScannedRequest {
  const { bytes, json } = readRequestBody(received)
  const inner = counted(json, forms)
  const scanned = within(inner, () => inner.dialect.scanRequest(inner.bytes, false))
  return { ...scanned, bytes, json, whole: () => json, model: null, modelSpan: null }
}

function readRequest({ json }: ScannedRequest, forms: CountedForms): ChatCall {
  const inner = counted(json, forms)
  return within(inner, () => inner.dialect.readRequest(inner.dialect.scanRequest(inner.bytes, false)))
}

/** What a count takes of a Converse request (Bedrock service model, 2026); how to answer counts for nothing. */
const countedMembers = ['messages', 'system', 'toolConfig', 'additionalModelRequestFields']

/** Converse has no place for tools of Anthropic's own. */
const needsOwnBody = ({ extras }: ChatCall): boolean =>
  Object.values(extras).some((value) => isJsonObject(value) && betaOfTool(value) !== null)

function writeRequest(call: ChatCall, target: WriteTarget, forms: CountedForms): WrittenRequest {
  const claude = forms.invoke.find(({ name }) => name === 'bedrock-invoke-claude')
  if (claude !== undefined && needsOwnBody(call)) {
    const { body, ...written } = claude.writeRequest(call, target)
    return { ...written, body: inputOf({ invokeModel: { body: encodeBase64Text(decoder.decode(body)) } }) }
  }
  const { body, ...written } = forms.converse.writeRequest(call, target)
  const members = Object.entries(readVendorJson(body, 'The body'))
  const converse = Object.fromEntries(members.filter(([name]) => countedMembers.includes(name)))
  return { ...written, body: inputOf({ converse }) }
}

const inputOf = (input: JsonObject): Uint8Array => encoder.encode(JSON.stringify({ input }))

function readResult(body: Uint8Array): CountResult {
  const count = numberOf(readVendorJson(body, "The vendor's answer")['inputTokens'])
  if (count === null || !Number.isSafeInteger(count) || count < 0) {
    throw new PointsmanError('upstream_broken', "The vendor's answer has no inputTokens.")
  }
  return { inputTokens: count, finish: null, usage: noUsage }
}

const writeResult = ({ inputTokens }: CountResult): Uint8Array =>
  encoder.encode(JSON.stringify({ inputTokens }))

/** `POST /model/{id}/count-tokens`. */
export function createCountTokens(forms: CountedForms): WholeForm<ChatCall, CountResult> {
  return {
    scanRequest: (bytes) => scanRequest(bytes, forms),
    readRequest: (scanned) => readRequest(scanned, forms),
    writeRequest: (call, target) => writeRequest(call, target, forms),
    passRequest,
    readResult,
    writeResult,
  }
}
