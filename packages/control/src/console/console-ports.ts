/** A file of the web console, as it goes over the wire. */
export interface ConsoleFile {
  readonly contentType: string
  /** Its name changes with its content: browsers keep it for good. */
  readonly immutable: boolean
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Absent = it is not worth it. */
  readonly brotli?: Uint8Array<ArrayBuffer>
  readonly gzip?: Uint8Array<ArrayBuffer>
}

/** The built console. Rejects with PointsmanError where it cannot be built here. */
export interface ConsoleFiles {
  /** `index.html`, `assets/index-3f2a.js`; null = there is none. */
  find(path: string): Promise<ConsoleFile | null>
}

/** What a seal is for: what was sealed for one thing does not open as another. */
export type SealPurpose = 'console-session' | 'console-ticket'

/** Encrypts and authenticates short texts by a key that never leaves the door that derived it, equal on all hosts of one master key. */
export interface Seal {
  /** Letters, digits, `-` and `_` only. */
  seal(purpose: SealPurpose, text: string): string
  /** Null = not sealed here, for another purpose, or altered. */
  open(purpose: SealPurpose, sealed: string): string | null
}

export interface ConsoleOptions {
  readonly files: ConsoleFiles
  readonly seal: Seal
}
