import { join } from 'node:path'
import { isNoSpace, type FileLayer, type JournalFile } from './file-layer.ts'
import { reserveName } from './folder.ts'

export interface SpaceGuardOptions {
  readonly files: FileLayer
  readonly folder: string
  /** Size of the reserve; 0 = none. */
  readonly reserveBytes: number
  /** With less free than this the disk counts as nearly full; 0 = never. */
  readonly minFreeBytes: number
  /** Called when `low` changes. */
  readonly onChange: () => void
  /** A look at the disk failed for another reason than a full disk. */
  readonly onFailure: (error: unknown) => void
}

/**
 * Knows whether the disk is nearly full, and holds the reserve: a file of written zeros, whose blocks exist, so
 * that writing over it needs no space. A sparse file would need some at the very moment that there is none,
 * and a file that is deleted to make room would be taken by whoever writes next.
 */
export class SpaceGuard {
  readonly #options: SpaceGuardOptions
  #low = false
  #reserve: JournalFile | null = null
  #checking: Promise<void> | null = null

  constructor(options: SpaceGuardOptions) {
    this.#options = options
  }

  /** The disk is nearly full, or the reserve is gone. */
  get low(): boolean {
    return this.#low
  }

  /** A write found no space. */
  ranOut(): void {
    this.#setLow(true)
  }

  /** Takes the reserve for use as a segment; null when there is none (left). */
  take(): JournalFile | null {
    const reserve = this.#reserve
    this.#reserve = null
    return reserve
  }

  /** Looks at the disk and mends what can be mended; never rejects. Calls at the same time share one look. */
  check(): Promise<void> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = null
    })
    return this.#checking
  }

  /** Gives the reserve's space back; never rejects, for no record is in it. */
  async close(): Promise<void> {
    await this.#checking
    const { files, folder, onFailure } = this.#options
    try {
      await this.take()?.close()
      await files.remove(join(folder, reserveName))
    } catch (error) {
      onFailure(error)
    }
  }

  async #check(): Promise<void> {
    const { files, folder, minFreeBytes, reserveBytes, onFailure } = this.#options
    try {
      const free = await files.freeBytes(folder)
      // Once low, some more than the mark must be free before it counts as enough: without that, one
      // request's worth of space would open and close the door in turn.
      if (free < minFreeBytes || (this.#low && free < minFreeBytes * 1.1)) return this.#setLow(true)
      if (reserveBytes > 0 && this.#reserve === null) {
        if (free < minFreeBytes + reserveBytes) return this.#setLow(true)
        this.#reserve = await this.#allocate()
      }
      this.#setLow(false)
    } catch (error) {
      if (!isNoSpace(error)) onFailure(error)
      this.#setLow(true)
    }
  }

  async #allocate(): Promise<JournalFile> {
    const { files, folder, reserveBytes } = this.#options
    const path = join(folder, reserveName)
    await files.remove(path)
    const file = await files.create(path)
    try {
      const zeros = Buffer.alloc(Math.min(reserveBytes, 1_048_576))
      for (let offset = 0; offset < reserveBytes; offset += zeros.length) {
        await file.write(zeros.subarray(0, Math.min(zeros.length, reserveBytes - offset)), offset)
      }
      await file.datasync()
      return file
    } catch (error) {
      await file.close()
      await files.remove(path)
      throw error
    }
  }

  #setLow(low: boolean): void {
    if (low === this.#low) return
    this.#low = low
    this.#options.onChange()
  }
}
