import { readFile } from 'node:fs/promises'
import type { Rig } from '../rig.ts'

export const model = 'eu.amazon.nova-lite-v1:0'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly tookMs: number
}

export async function chat(rig: Rig, changed: RequestInit = {}): Promise<Answer> {
  const begun = performance.now()
  const response = await fetch(`${rig.server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rig.server.key}`, 'content-type': 'application/json' },
    body: chatBody,
    ...changed,
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, tookMs: performance.now() - begun }
}

export const chatBody = JSON.stringify({ model, max_tokens: 8, messages: [{ role: 'user', content: 'Hi' }] })

/** Resident memory of a process and of no other, in bytes. */
export async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 'NaN') * 1_024
}

/** True as long as the process that was started is the one that serves. */
export function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}
