import { writeSync } from 'node:fs'
import * as system from 'node:fs/promises'
import { open, mkdir, readdir, rename, rm, rmdir, stat, type FileHandle } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/**
 * The port between the journal and the disk. The real one is `nodeFiles`; tests put one in its place that
 * loses, tears and reorders everything after the last sync. All methods reject with Node's system errors.
 */
export interface FileLayer {
  /** Makes the directory and those above it, so that they outlive a power cut; fine when it exists. */
  makeDirectory(path: string): Promise<void>
  /** Names in a directory; empty when it does not exist. */
  list(path: string): Promise<readonly string[]>
  /** Makes a new file for writing and reading; rejects with EEXIST when there is one. */
  create(path: string): Promise<JournalFile>
  /** Opens an existing file; null when there is none. `write` also reads. */
  open(path: string, use: 'read' | 'write'): Promise<JournalFile | null>
  rename(from: string, to: string): Promise<void>
  /** Fine when there is no such file. */
  remove(path: string): Promise<void>
  /** Removes an empty directory. */
  removeDirectory(path: string): Promise<void>
  /** Makes names that were created, renamed or removed in this directory outlive a power cut. */
  syncDirectory(path: string): Promise<void>
  /** Bytes that this process may still write on the file system of `path`. */
  freeBytes(path: string): Promise<number>
  /** When the file was last written, Unix milliseconds; null when there is none. */
  modifiedAtMs(path: string): Promise<number | null>
}

/** One open file. */
export interface JournalFile {
  /** Writes all bytes at the offset, or rejects: then any part of them may stand there. */
  write(bytes: Uint8Array, offset: number): Promise<void>
  /** Fills `into` from the offset as far as the file goes; the number of bytes read. */
  read(into: Uint8Array, offset: number): Promise<number>
  size(): Promise<number>
  truncate(length: number): Promise<void>
  /** Resolves when content and length outlive a power cut. */
  datasync(): Promise<void>
  close(): Promise<void>
}

/** The system's own files. */
export const nodeFiles: FileLayer = {
  async makeDirectory(path) {
    const wanted = resolve(path)
    const first = await mkdir(wanted, { recursive: true, mode: 0o700 })
    // A new directory is a new name in the one above it: each of these is synced, up to what was there before.
    for (let made = wanted; ; made = dirname(made)) {
      await nodeFiles.syncDirectory(dirname(made))
      if (first === undefined || made === first || made === dirname(made)) return
    }
  },
  async list(path) {
    try {
      return await readdir(path)
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
  },
  create: async (path) => nodeFile(await open(path, 'wx+', 0o600)),
  async open(path, use) {
    try {
      return nodeFile(await open(path, use === 'read' ? 'r' : 'r+'))
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    }
  },
  rename,
  remove: (path) => rm(path, { force: true }),
  removeDirectory: rmdir,
  async syncDirectory(path) {
    const handle = await open(path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
  async freeBytes(path) {
    // Not imported by its name: Supabase's Deno has none, and would load nothing of the edge function, which never asks.
    const { bavail, bsize } = await system.statfs(path)
    return bavail * bsize
  },
  async modifiedAtMs(path) {
    try {
      return (await stat(path)).mtimeMs
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    }
  },
}

const nodeFile = (handle: FileHandle): JournalFile => ({
  async write(bytes, offset) {
    // One write may take only a part (a disk that fills up, a signal): what is left is tried again, so that
    // a full disk shows itself as an error and never as a short line.
    let written = 0
    while (written < bytes.length) {
      const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, offset + written)
      written += bytesWritten
    }
  },
  async read(into, offset) {
    let filled = 0
    while (filled < into.length) {
      const { bytesRead } = await handle.read(into, filled, into.length - filled, offset + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return filled
  },
  size: async () => (await handle.stat()).size,
  truncate: (length) => handle.truncate(length),
  datasync: () => handle.datasync(),
  close: () => handle.close(),
})

/**
 * The same for a journal that does not sync: a write is a copy into the system's memory, 1.5 µs of processor time, and
 * made at once: by way of another thread it costs 11 (measured, 2 KB). A disk that is behind with much more than a journal
 * writes can hold up such a write, and the process with it.
 */
export const unsyncedFiles: FileLayer = {
  ...nodeFiles,
  create: async (path) => unsyncedFile(await open(path, 'wx+', 0o600)),
}

const unsyncedFile = (handle: FileHandle): JournalFile => ({
  ...nodeFile(handle),
  async write(bytes, offset) {
    let written = 0
    while (written < bytes.length)
      written += writeSync(handle.fd, bytes, written, bytes.length - written, offset + written)
  },
})

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined

export const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT'
export const alreadyExists = (error: unknown): boolean => codeOf(error) === 'EEXIST'
/** The folder may not be written: its rights, or a file system that is mounted read-only. */
export const isForbidden = (error: unknown): error is Error =>
  error instanceof Error && ['EACCES', 'EPERM', 'EROFS'].includes(String(codeOf(error)))
/** The disk, or this user's share of it, is used up. */
export const isNoSpace = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(String(codeOf(error)))
