import { readFile } from 'node:fs/promises'
import { isIPv4, type Socket } from 'node:net'

/** Of all connections at once: those who ask within a moment share one reading. */
const freshMs = 100

interface Reading {
  readonly atMs: number
  readonly table: Promise<string>
}
const readings = new Map<string, Reading>()

/**
 * What Linux still holds of what was written to a connection: sent and not confirmed, or not sent. Node does not tell. Null
 * elsewhere, and for a connection that has gone.
 */
export async function unsentBytes(socket: Socket): Promise<number | null> {
  const { localAddress, localPort, remoteAddress, remotePort } = socket
  if (localAddress === undefined || remoteAddress === undefined) return null
  if (localPort === undefined || remotePort === undefined) return null
  const path = isIPv4(localAddress) ? '/proc/net/tcp' : '/proc/net/tcp6'
  const ends = `${endOf(localAddress, localPort)} ${endOf(remoteAddress, remotePort)} `
  const table = await tableAt(path).catch(() => '')
  const at = table.indexOf(ends)
  if (at < 0) return null
  // ` 01 0000A3F0:00000000`: the state, then what is to be sent and what was received.
  const queue = table.slice(at + ends.length + 3, at + ends.length + 11)
  return /^[0-9A-F]{8}$/.test(queue) ? Number.parseInt(queue, 16) : null
}

function tableAt(path: string): Promise<string> {
  const present = readings.get(path)
  const nowMs = performance.now()
  if (present !== undefined && nowMs - present.atMs < freshMs) return present.table
  const table = readFile(path, 'latin1')
  readings.set(path, { atMs: nowMs, table })
  return table
}

const endOf = (address: string, port: number): string =>
  `${wordsOf(address)}:${port.toString(16).toUpperCase().padStart(4, '0')}`

/** As the kernel prints them: words of four bytes in the machine's order, which is little-endian on all that Node runs on. */
function wordsOf(address: string): string {
  const bytes = isIPv4(address) ? address.split('.').map(Number) : bytesOfIPv6(address)
  let words = ''
  for (let at = 0; at < bytes.length; at += 4)
    for (let place = 3; place >= 0; place -= 1)
      words += (bytes[at + place] ?? 0).toString(16).toUpperCase().padStart(2, '0')
  return words
}

function bytesOfIPv6(address: string): readonly number[] {
  const [bare = ''] = address.split('%')
  const last = bare.slice(bare.lastIndexOf(':') + 1)
  const mapped = isIPv4(last) ? last.split('.').map(Number) : []
  const rest = mapped.length > 0 ? bare.slice(0, -last.length) + '0:0' : bare
  const [head = '', tail] = rest.split('::')
  const groups = (text: string): readonly number[] =>
    text === ''
      ? []
      : text
          .split(':')
          .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255])
  const front = groups(head)
  const back = tail === undefined ? [] : groups(tail)
  const whole = [...front, ...new Array<number>(16 - front.length - back.length).fill(0), ...back]
  return mapped.length > 0 ? [...whole.slice(0, 12), ...mapped] : whole
}
