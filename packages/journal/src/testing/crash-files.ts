import { dirname } from 'node:path'
import type { FileLayer, JournalFile } from '../file-layer.ts'

/** Numbers in [0, 1). */
export type Chance = () => number

const sectorBytes = 512

interface Write {
  readonly offset: number
  readonly bytes: Buffer
}

/** A file's content, as the process sees it and as the disk has it. */
interface Inode {
  live: Buffer
  durable: Buffer
  /** Since the last sync, in order. */
  pending: Write[]
  modifiedAtMs: number
}

type Entry = { readonly kind: 'file'; readonly inode: Inode } | { readonly kind: 'directory' }

/** A name that appeared or went (`entry: null`); a rename is both, and happens whole or not at all. */
interface NameChange {
  readonly directory: string
  readonly names: readonly { readonly path: string; readonly entry: Entry | null }[]
}

export interface CrashFilesOptions {
  readonly chance: Chance
  /** The machine stops at this operation (from 1): it may be done in part, and none that follows ever answers. */
  readonly crashAt?: number
  /** Operations that fail, by their number, with the system's code. */
  readonly faults?: ReadonlyMap<number, 'EIO' | 'ENOSPC'>
  readonly capacityBytes?: number
}

const systemError = (code: string, path: string): Error =>
  Object.assign(new Error(`${code}: ${path}`), { code })

/**
 * A disk in memory that keeps a promise only as far as it was asked for: what was written after a file's last
 * sync may be lost, torn by sectors or out of order after a crash, and so may names after their directory's.
 * After a failed sync the data counts as written although it may be lost (as Linux does).
 */
export class CrashFiles implements FileLayer {
  readonly #options: CrashFilesOptions
  readonly #live = new Map<string, Entry>()
  readonly #durable = new Map<string, Entry>()
  #changes: NameChange[] = []
  #operations = 0
  #crashed = false
  #announceCrash: () => void = () => undefined
  /** Resolves when the machine stops. */
  readonly crashed: Promise<void>
  /** Space that others took. */
  usedByOthers = 0
  nowMs = 0
  syncs = 0

  constructor(options: CrashFilesOptions) {
    this.#options = options
    this.crashed = new Promise((resolve) => {
      this.#announceCrash = resolve
    })
  }

  get operations(): number {
    return this.#operations
  }

  /** Stops the machine now. */
  crash(): void {
    this.#crashed = true
    this.#announceCrash()
  }

  /** The disk as the next start finds it. */
  afterCrash(options: CrashFilesOptions): CrashFiles {
    const next = new CrashFiles(options)
    const names = new Map(this.#durable)
    for (const change of this.#changes) if (this.#options.chance() < 0.5) applyNames(names, change)
    for (const [path, entry] of names) {
      if (!reachable(names, path)) continue
      const found: Entry =
        entry.kind === 'directory' ? entry : { kind: 'file', inode: this.#survivor(entry.inode) }
      next.#live.set(path, found)
      next.#durable.set(path, found)
    }
    return next
  }

  /** The same disk under a new process: what the dead one wrote is still with the system, synced or not. */
  afterKill(options: CrashFilesOptions): CrashFiles {
    const next = new CrashFiles(options)
    for (const [path, entry] of this.#live) next.#live.set(path, entry)
    for (const [path, entry] of this.#durable) next.#durable.set(path, entry)
    next.#changes = this.#changes
    return next
  }

  /** All files with their content, for a look that does not go through the journal's own reader. */
  contents(): ReadonlyMap<string, Buffer> {
    const files = new Map<string, Buffer>()
    for (const [path, entry] of this.#live) if (entry.kind === 'file') files.set(path, entry.inode.live)
    return files
  }

  /** Alters a stored byte, as a bad disk does. */
  flip(path: string, offset: number, mask: number): void {
    const inode = this.#inode(path)
    inode.live[offset] = (inode.live[offset] ?? 0) ^ mask
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#step(path)
    const missing: string[] = []
    for (let at = path; !this.#live.has(at) && at !== dirname(at); at = dirname(at)) missing.unshift(at)
    for (const at of missing) this.#change(dirname(at), [{ path: at, entry: { kind: 'directory' } }])
    for (const at of missing) await this.syncDirectory(dirname(at))
  }

  async list(path: string): Promise<readonly string[]> {
    await this.#step(path)
    return [...this.#live.keys()].filter((at) => dirname(at) === path).map((at) => at.slice(path.length + 1))
  }

  async create(path: string): Promise<JournalFile> {
    await this.#step(path)
    if (this.#live.has(path)) throw systemError('EEXIST', path)
    const inode: Inode = {
      live: Buffer.alloc(0),
      durable: Buffer.alloc(0),
      pending: [],
      modifiedAtMs: this.nowMs,
    }
    this.#change(dirname(path), [{ path, entry: { kind: 'file', inode } }])
    return this.#file(path, inode)
  }

  async open(path: string): Promise<JournalFile | null> {
    await this.#step(path)
    const entry = this.#live.get(path)
    return entry?.kind === 'file' ? this.#file(path, entry.inode) : null
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step(from)
    const entry: Entry = { kind: 'file', inode: this.#inode(from) }
    this.#change(dirname(to), [
      { path: from, entry: null },
      { path: to, entry },
    ])
  }

  async remove(path: string): Promise<void> {
    await this.#step(path)
    if (this.#live.has(path)) this.#change(dirname(path), [{ path, entry: null }])
  }

  async removeDirectory(path: string): Promise<void> {
    await this.#step(path)
    if ([...this.#live.keys()].some((at) => dirname(at) === path)) throw systemError('ENOTEMPTY', path)
    this.#change(dirname(path), [{ path, entry: null }])
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#step(path)
    for (const change of this.#changes) if (change.directory === path) applyNames(this.#durable, change)
    this.#changes = this.#changes.filter((change) => change.directory !== path)
  }

  async freeBytes(path: string): Promise<number> {
    await this.#step(path)
    return this.#free()
  }

  async modifiedAtMs(path: string): Promise<number | null> {
    await this.#step(path)
    const entry = this.#live.get(path)
    return entry?.kind === 'file' ? entry.inode.modifiedAtMs : null
  }

  #file(path: string, inode: Inode): JournalFile {
    return {
      write: async (bytes, offset) => {
        const copy = Buffer.from(bytes)
        const short = Math.floor(this.#options.chance() * (copy.length + 1))
        await this.#step(path, () => this.#write(inode, { offset, bytes: copy.subarray(0, short) }))
        const missing = offset + copy.length - inode.live.length - this.#free()
        if (missing > 0) {
          this.#write(inode, { offset, bytes: copy.subarray(0, Math.max(0, copy.length - missing)) })
          throw systemError('ENOSPC', path)
        }
        this.#write(inode, { offset, bytes: copy })
      },
      read: async (into, offset) => {
        await this.#step(path)
        return inode.live.copy(into, 0, offset)
      },
      size: async () => {
        await this.#step(path)
        return inode.live.length
      },
      truncate: async (length) => {
        await this.#step(path)
        inode.live = inode.live.subarray(0, length)
        inode.durable = inode.durable.subarray(0, length)
        inode.pending = inode.pending.filter((write) => write.offset < length)
      },
      datasync: async () => {
        // A sync that fails forgets what it was about: the next one succeeds and brings nothing back.
        await this.#step(path, () => this.#settle(inode))
        this.syncs += 1
        inode.durable = Buffer.from(inode.live)
        inode.pending = []
      },
      close: () => this.#step(path),
    }
  }

  #settle(inode: Inode): void {
    inode.durable = this.#survivor(inode).durable
    inode.live = Buffer.from(inode.durable)
    inode.pending = []
  }

  #write(inode: Inode, write: Write): void {
    inode.live = overwrite(inode.live, write)
    inode.pending.push(write)
    inode.modifiedAtMs = this.nowMs
  }

  /** Counts the operation, lets others run for a moment, fails or stops the machine where it is told to. */
  async #step(path: string, inPart: () => void = () => undefined): Promise<void> {
    this.#operations += 1
    const number = this.#operations
    const { chance, crashAt, faults } = this.#options
    for (let turns = Math.floor(chance() * 4); turns > 0; turns -= 1) await Promise.resolve()
    if (!this.#crashed && number === crashAt) {
      inPart()
      this.crash()
    }
    if (this.#crashed) await new Promise<never>(() => undefined)
    const code = faults?.get(number)
    if (code === undefined) return
    inPart()
    throw systemError(code, path)
  }

  #change(directory: string, names: NameChange['names']): void {
    const change = { directory, names }
    this.#changes.push(change)
    applyNames(this.#live, change)
  }

  #inode(path: string): Inode {
    const entry = this.#live.get(path)
    if (entry?.kind !== 'file') throw systemError('ENOENT', path)
    return entry.inode
  }

  #free(): number {
    if (this.#options.capacityBytes === undefined) return Number.MAX_SAFE_INTEGER
    let used = this.usedByOthers
    for (const content of this.contents().values()) used += content.length
    return Math.max(0, this.#options.capacityBytes - used)
  }

  /** What is left of a file: what was synced, and of each later write any sectors, in any order. */
  #survivor(inode: Inode): Inode {
    const { chance } = this.#options
    let content: Buffer = Buffer.from(inode.durable)
    const fate = chance()
    const keep = fate < 0.25 ? 1 : fate < 0.5 ? 0 : chance()
    for (const write of shuffled(inode.pending.flatMap(sectorsOf), chance)) {
      if (chance() < keep) content = overwrite(content, write)
    }
    return { live: Buffer.from(content), durable: content, pending: [], modifiedAtMs: inode.modifiedAtMs }
  }
}

/** A directory that is gone takes what was in it along. */
const reachable = (names: ReadonlyMap<string, Entry>, path: string): boolean => {
  const above = dirname(path)
  return above === dirname(above) || (names.has(above) && reachable(names, above))
}

function applyNames(names: Map<string, Entry>, change: NameChange): void {
  for (const { path, entry } of change.names) {
    if (entry === null) names.delete(path)
    else names.set(path, entry)
  }
}

function overwrite(content: Buffer, { offset, bytes }: Write): Buffer {
  const result = Buffer.alloc(Math.max(content.length, offset + bytes.length))
  content.copy(result)
  bytes.copy(result, offset)
  return result
}

/** A write cut where the disk's sectors end. */
function sectorsOf({ offset, bytes }: Write): Write[] {
  const pieces: Write[] = []
  for (let start = 0; start < bytes.length;) {
    const end = Math.min(bytes.length, start + sectorBytes - ((offset + start) % sectorBytes))
    pieces.push({ offset: offset + start, bytes: bytes.subarray(start, end) })
    start = end
  }
  return pieces
}

function shuffled<Item>(items: readonly Item[], chance: Chance): Item[] {
  return items
    .map((item) => ({ item, order: chance() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item)
}
