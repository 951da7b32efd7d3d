/** Keys and values side by side, in the order of the keys. */
interface Leaf<Value> {
  readonly keys: readonly string[]
  readonly values: readonly Value[]
}

interface OwnLeaf<Value> extends Leaf<Value> {
  readonly keys: string[]
  readonly values: Value[]
}

const mostInLeaf = 256
const fewInLeaf = 32

/** The place of the first key that is not less. */
function placeOf(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((keys[middle] ?? '') < key) low = middle + 1
    else high = middle
  }
  return low
}

/** The place of the leaf that holds a key, or would: the last one that does not begin after it. */
function leafOf<Value>(leaves: readonly Leaf<Value>[], key: string): number {
  let low = 0
  let high = leaves.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((leaves[middle]?.keys[0] ?? '') <= key) low = middle + 1
    else high = middle
  }
  return Math.max(0, low - 1)
}

function valueIn<Value>(leaves: readonly Leaf<Value>[], key: string): Value | undefined {
  const leaf = leaves[leafOf(leaves, key)]
  if (leaf === undefined) return undefined
  const place = placeOf(leaf.keys, key)
  return leaf.keys[place] === key ? leaf.values[place] : undefined
}

/** A value may be undefined. */
function isIn<Value>(leaves: readonly Leaf<Value>[], key: string): boolean {
  const leaf = leaves[leafOf(leaves, key)]
  return leaf !== undefined && leaf.keys[placeOf(leaf.keys, key)] === key
}

function* entriesBeginning<Value>(
  leaves: readonly Leaf<Value>[],
  prefix: string,
): Generator<[string, Value], undefined> {
  for (let at = leafOf(leaves, prefix); at < leaves.length; at++) {
    const leaf = leaves[at]
    if (leaf === undefined) return
    for (let place = placeOf(leaf.keys, prefix); place < leaf.keys.length; place++) {
      const key = leaf.keys[place] ?? ''
      if (!key.startsWith(prefix)) return
      yield [key, leaf.values[place] as Value]
    }
  }
}

/**
 * An immutable map that iterates in the order of its keys. Another one that differs in a few entries is made by `edit`
 * and shares all leaves in which nothing changed, so that its price is that of the change and of a list of leaves.
 */
export class SortedMap<Value> implements ReadonlyMap<string, Value> {
  readonly #leaves: readonly Leaf<Value>[]
  readonly size: number

  private constructor(leaves: readonly Leaf<Value>[], size: number) {
    this.#leaves = leaves
    this.size = size
  }

  static empty<Value>(): SortedMap<Value> {
    return new SortedMap<Value>([], 0)
  }

  get(key: string): Value | undefined {
    return valueIn(this.#leaves, key)
  }

  has(key: string): boolean {
    return isIn(this.#leaves, key)
  }

  /** The entries whose key begins so. */
  beginning(prefix: string): Generator<[string, Value], undefined> {
    return entriesBeginning(this.#leaves, prefix)
  }

  entries(): Generator<[string, Value], undefined> {
    return this.beginning('')
  }

  *keys(): Generator<string, undefined> {
    for (const leaf of this.#leaves) yield* leaf.keys
  }

  *values(): Generator<Value, undefined> {
    for (const leaf of this.#leaves) yield* leaf.values
  }

  [Symbol.iterator](): Generator<[string, Value], undefined> {
    return this.entries()
  }

  forEach(tell: (value: Value, key: string, map: ReadonlyMap<string, Value>) => void): void {
    for (const [key, value] of this.entries()) tell(value, key, this)
  }

  edit(): SortedMapEditor<Value> {
    return new SortedMapEditor(this, this.#leaves, (leaves, size) => new SortedMap(leaves, size))
  }
}

/** Collects changes of a map. What it changes are its own copies of leaves; the map that it began with stays as it is. */
export class SortedMapEditor<Value> {
  readonly #began: SortedMap<Value>
  readonly #make: (leaves: readonly Leaf<Value>[], size: number) => SortedMap<Value>
  readonly #own = new Set<Leaf<Value>>()
  #leaves: Leaf<Value>[]
  #size: number
  #changed = false

  constructor(
    began: SortedMap<Value>,
    leaves: readonly Leaf<Value>[],
    make: (leaves: readonly Leaf<Value>[], size: number) => SortedMap<Value>,
  ) {
    this.#began = began
    this.#make = make
    this.#leaves = [...leaves]
    this.#size = began.size
  }

  get(key: string): Value | undefined {
    return valueIn(this.#leaves, key)
  }

  has(key: string): boolean {
    return isIn(this.#leaves, key)
  }

  /** The entries whose key begins so; not to be read further once something was changed. */
  beginning(prefix: string): Generator<[string, Value], undefined> {
    return entriesBeginning(this.#leaves, prefix)
  }

  set(key: string, value: Value): void {
    const at = leafOf(this.#leaves, key)
    const leaf = this.#ownLeaf(at)
    const place = placeOf(leaf.keys, key)
    if (leaf.keys[place] === key) {
      leaf.values[place] = value
      return
    }
    leaf.keys.splice(place, 0, key)
    leaf.values.splice(place, 0, value)
    this.#size++
    if (leaf.keys.length > mostInLeaf) this.#split(at, leaf)
  }

  delete(key: string): void {
    if (!this.has(key)) return
    const at = leafOf(this.#leaves, key)
    const leaf = this.#ownLeaf(at)
    const place = placeOf(leaf.keys, key)
    leaf.keys.splice(place, 1)
    leaf.values.splice(place, 1)
    this.#size--
    if (leaf.keys.length < fewInLeaf) this.#join(at, leaf)
  }

  /** The map with the changes; the same one where there were none. The editor is not used afterwards. */
  done(): SortedMap<Value> {
    return this.#changed ? this.#make(this.#leaves, this.#size) : this.#began
  }

  #ownLeaf(at: number): OwnLeaf<Value> {
    this.#changed = true
    const leaf = this.#leaves[at]
    if (leaf !== undefined && this.#own.has(leaf)) return leaf as OwnLeaf<Value>
    const copy: OwnLeaf<Value> =
      leaf === undefined ? { keys: [], values: [] } : { keys: [...leaf.keys], values: [...leaf.values] }
    this.#own.add(copy)
    this.#leaves[at] = copy
    return copy
  }

  #split(at: number, leaf: OwnLeaf<Value>): void {
    const half = leaf.keys.length >>> 1
    const upper: OwnLeaf<Value> = { keys: leaf.keys.splice(half), values: leaf.values.splice(half) }
    this.#own.add(upper)
    this.#leaves.splice(at + 1, 0, upper)
  }

  /** A leaf that became small joins the next one, so that they do not become many. */
  #join(at: number, leaf: OwnLeaf<Value>): void {
    const next = this.#leaves[at + 1]
    if (next === undefined) {
      if (leaf.keys.length === 0) this.#leaves.splice(at, 1)
      return
    }
    if (leaf.keys.length + next.keys.length > mostInLeaf) return
    leaf.keys.push(...next.keys)
    leaf.values.push(...next.values)
    this.#leaves.splice(at + 1, 1)
  }
}
