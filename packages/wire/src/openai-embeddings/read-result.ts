import { PointsmanError } from '@pointsman/contract'
import type { EmbedResult, JsonObject, JsonValue } from '@pointsman/contract'

import { decodeBase64Floats } from '../base64-floats.ts'
import { numberOf } from '../exact-json.ts'
import { readOrTell } from '../failed-answer.ts'
import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { readVendorJson } from '../read-body.ts'
import { readUsage } from './usage.ts'

const broken = (problem: string): PointsmanError =>
  new PointsmanError('upstream_broken', `The vendor's answer ${problem}.`)

function readVector(value: JsonValue | undefined): readonly number[] {
  const numbers =
    typeof value === 'string' ? decodeBase64Floats(value) : isJsonArray(value) ? value.map(numberOf) : null
  if (numbers === null || numbers.length === 0) throw broken('holds a vector that is none')
  return numbers.map((number) => {
    if (number === null || !Number.isFinite(number)) throw broken('holds a vector with something else in it')
    return number
  })
}

interface Placed {
  readonly place: number
  readonly vector: readonly number[]
}

function readOne(value: JsonValue, at: number): Placed {
  if (!isJsonObject(value)) throw broken('holds an embedding that is not an object')
  return { place: numberOf(value['index']) ?? at, vector: readVector(value['embedding']) }
}

/** Vectors in the order of the inputs, whatever theirs is. Throws `upstream_broken` where it is no list of embeddings. */
export function readResult(body: Uint8Array): EmbedResult {
  const json = readVendorJson(body, "The vendor's answer")
  const usage = readUsage(json['usage'])
  return readOrTell(
    () => ({ vectors: readVectors(json), finish: null, usage }),
    () => ({ usage }),
  )
}

function readVectors(json: JsonObject): EmbedResult['vectors'] {
  if (!isJsonArray(json['data'])) throw broken('has no data')
  const placed = json['data'].map(readOne).toSorted((a, b) => a.place - b.place)
  if (placed.some(({ place }, at) => place !== at)) throw broken('leaves out or repeats an embedding')
  return placed.map(({ vector }) => vector)
}
