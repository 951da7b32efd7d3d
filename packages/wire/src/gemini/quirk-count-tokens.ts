import { noUsage } from '@pointsman/contract'
import type { ChatCall, CountResult, JsonObject } from '@pointsman/contract'

import type { ScannedRequest, WholeForm, WriteTarget, WrittenRequest } from '../dialect.ts'
import { numberOf } from '../exact-json.ts'
import { asObject, invalidField } from '../json-fields.ts'
import { readRequestBody, readVendorJson } from '../read-body.ts'
import { passRequest } from './pass-request.ts'
import { readGenerateRequest } from './read-request.ts'
import { broken } from './read-result.ts'
import { resourceName } from './quirk-resource-name.ts'
import { scanned } from './scan-request.ts'
import { spelled } from './quirk-spelling.ts'
import { writeMembers } from './write-request.ts'

const encoder = new TextEncoder()

/** A count is of bare contents, or of a whole request with its tools and system instruction. */
function countedRequest(json: JsonObject): { readonly request: JsonObject; readonly path: string } {
  const name = spelled(json, 'generateContentRequest')
  if (json[name] === undefined) return { request: json, path: '' }
  if (json['contents'] !== undefined) throw invalidField('contents', `must not be set beside ${name}.`)
  return { request: asObject(json[name], name), path: name }
}

function scanRequest(received: Uint8Array): ScannedRequest {
  const body = readRequestBody(received)
  const { request, path } = countedRequest(body.json)
  return scanned(body, request, path, false)
}

function readRequest({ json }: ScannedRequest): ChatCall {
  const { request, path } = countedRequest(json)
  return readGenerateRequest(request, false, path)
}

/** What says how to answer is left out: it counts for nothing. */
function writeRequest(call: ChatCall, target: WriteTarget): WrittenRequest {
  const { members, warnings } = writeMembers(call, target)
  const counted = ['systemInstruction', 'contents', 'tools', 'toolConfig', 'cachedContent']
  const request = Object.fromEntries(Object.entries(members).filter(([name]) => counted.includes(name)))
  const body = { generateContentRequest: { model: resourceName(target.upstreamId), ...request } }
  return { body: encoder.encode(JSON.stringify(body)), warnings }
}

function readResult(body: Uint8Array): CountResult {
  const json = readVendorJson(body, "The vendor's answer")
  const count = numberOf(json['totalTokens'])
  if (count === null || !Number.isSafeInteger(count) || count < 0) throw broken('has no totalTokens')
  return { inputTokens: count, finish: null, usage: noUsage }
}

const writeResult = ({ inputTokens }: CountResult): Uint8Array =>
  encoder.encode(JSON.stringify({ totalTokens: inputTokens }))

/** `POST /v1beta/models/{id}:countTokens`. */
export const countTokens: WholeForm<ChatCall, CountResult> = {
  scanRequest,
  readRequest,
  writeRequest,
  passRequest,
  readResult,
  writeResult,
}
