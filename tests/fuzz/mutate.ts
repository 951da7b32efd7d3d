import type { Chance } from '../chance.ts'

import {
  isList,
  isMembers,
  names,
  numbers,
  raw,
  RawJson,
  texts,
  words,
  writeJson,
  type Json,
  type Members,
} from './odd-values.ts'

function deep(chance: Chance): Json {
  const depth = chance.one([20, 150, 199, 200, 201, 5_000])
  const [open, close] = chance.one([
    ['[', ']'],
    ['{"a":', '}'],
    ['{"properties":{"a":', '}}'],
  ] as const)
  return raw(`${open.repeat(depth)}1${close.repeat(depth)}`)
}

/** A value that has nothing to do with what stood there. */
export function anyValue(chance: Chance, depth = 0): Json {
  switch (chance.below(depth > 3 ? 6 : 10)) {
    case 0:
      return null
    case 1:
      return chance.happens(0.5)
    case 2:
      return chance.one(numbers)
    case 3:
      return chance.one(texts)
    case 4:
      return chance.one(words)
    case 5:
      return chance.one<Json>([[], {}, '', [null], [[]], [{}], { '': null }])
    case 6:
      return depth === 0 && chance.happens(0.2)
        ? deep(chance)
        : Array.from({ length: chance.below(4) }, () => anyValue(chance, depth + 1))
    default:
      return Object.fromEntries(
        Array.from({ length: chance.below(5) }, () => [chance.one(names), anyValue(chance, depth + 1)]),
      )
  }
}

/** Two members of one name: the second is hidden from every parser's result, or hides the first. */
const twice = (members: Members, name: string, other: Json): Json => {
  const written = writeJson(members)
  const more = `${JSON.stringify(name)}:${writeJson(other)}`
  return raw(written === '{}' ? `{${more}}` : `{${more},${written.slice(1)}`)
}

function changeMembers(value: Members, chance: Chance): Json {
  const own = Object.keys(value)
  const name = own.length > 0 && chance.happens(0.7) ? chance.one(own) : chance.one(names)
  const without = Object.fromEntries(Object.entries(value).filter(([other]) => other !== name))
  switch (chance.below(7)) {
    case 0:
      return without
    case 1:
      return { ...without, [chance.one(names)]: value[name] ?? null }
    case 2:
      return twice(value, name, anyValue(chance))
    case 3:
      return Object.fromEntries([...Object.entries(value), [chance.one(names), anyValue(chance)]])
    case 4:
      // Everything that is in it, as a list: servers of other languages write objects so by mistake.
      return Object.values(value)
    default:
      return Object.fromEntries([...Object.entries(without), [name, anyValue(chance)]])
  }
}

function changeList(value: readonly Json[], chance: Chance): Json {
  const at = chance.below(value.length + 1)
  switch (chance.below(7)) {
    case 0:
      return []
    case 1:
      return value.toSpliced(at, 1)
    case 2:
      return value.toSpliced(at, 0, anyValue(chance))
    case 3:
      return value.toSpliced(at, 0, ...value.slice(at, at + 1))
    case 4:
      return value.toReversed()
    case 5:
      return Object.fromEntries(value.map((one, index) => [String(index), one]))
    default:
      return value.length === 0 ? [null] : value.with(Math.min(at, value.length - 1), anyValue(chance))
  }
}

function changeLeaf(value: Json, chance: Chance): Json {
  if (typeof value === 'number' && chance.happens(0.5)) return chance.one(numbers)
  if (typeof value === 'string' && chance.happens(0.7)) {
    return chance.one<() => Json>([
      () => chance.one(texts),
      () => chance.one(words),
      () => value.toUpperCase(),
      () => value.slice(0, chance.below(value.length + 1)),
      () => `${value}${chance.one(['\u0000', '=', '😀', ' ', '"'])}`,
    ])()
  }
  return anyValue(chance)
}

/** The value with one place in it changed; every place may be it, the root included. */
export function changeStructure(value: Json, chance: Chance): Json {
  const inner = isList(value) ? Object.keys(value) : isMembers(value) ? Object.keys(value) : []
  if (value instanceof RawJson || (inner.length > 0 && chance.happens(0.8))) {
    if (value instanceof RawJson) return value
    const key = chance.one(inner)
    if (isList(value)) return value.with(Number(key), changeStructure(value[Number(key)], chance))
    const members = value as Members
    return Object.fromEntries(
      Object.entries(members).map(([name, one]) => [name, name === key ? changeStructure(one, chance) : one]),
    )
  }
  if (isList(value)) return changeList(value, chance)
  return isMembers(value) ? changeMembers(value, chance) : changeLeaf(value, chance)
}

const encoder = new TextEncoder()
const scraps: readonly Uint8Array[] = [
  ...[
    '\u0000',
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    '\\',
    '\\u',
    '\n\n',
    'null',
    '1e999',
    '{"model":"x"}',
    '/*x*/',
  ].map((text) => encoder.encode(text)),
  Uint8Array.of(0xef, 0xbb, 0xbf),
  Uint8Array.of(0xff, 0xfe),
  Uint8Array.of(0xc0, 0xaf),
  Uint8Array.of(0xed, 0xa0, 0x80),
  Uint8Array.of(0xf4, 0x90, 0x80, 0x80),
  Uint8Array.of(0x80),
]

/** The bytes with one thing done to them that no writer would do. */
export function changeBytes(bytes: Uint8Array, chance: Chance): Uint8Array {
  const at = chance.below(bytes.length + 1)
  const scrap = chance.one(scraps)
  const pieces = ((): readonly Uint8Array[] => {
    switch (chance.below(8)) {
      case 0:
        return [bytes.subarray(0, at)]
      case 1:
        return [bytes.subarray(at)]
      case 2:
        return [bytes.subarray(0, at), scrap, bytes.subarray(at)]
      case 3:
        return [scrap, bytes]
      case 4:
        return [bytes, scrap]
      case 5:
        return [bytes.subarray(0, at), bytes.subarray(at + 1 + chance.below(20))]
      case 6:
        return [bytes, bytes]
      default:
        return [bytes.subarray(0, at), Uint8Array.of(chance.below(256)), bytes.subarray(at + 1)]
    }
  })()
  return Buffer.concat(pieces)
}
