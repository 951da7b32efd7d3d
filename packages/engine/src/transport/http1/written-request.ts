import type { Socket } from 'node:net'
import { bodyLength, isWholeBody, type UpstreamRequest } from '@pointsman/contract'
import { latin1Of } from '../../latin1.ts'
import { writtenName } from '../../written-name.ts'

const target = /^\/[!-~]*$/
/** Nothing that could end a line, nor what is read in two ways. */
const values = /^[\t\x20-\x7e\x80-\xff]*$/
const method = /^[A-Z]+$/

/** Pieces up to here go out within one text: one system call without an array of buffers. */
const longestInText = 16_384

/** The head of a call. Throws where anything of it could be read as something else than it says. */
export function requestHead(request: UpstreamRequest): string {
  const { body, headers, path } = request
  // An absolute path would name another host to a proxy on the way.
  if (!target.test(path)) throw new TypeError('the path of a call begins with a slash and is encoded')
  if (!method.test(request.method)) throw new TypeError('the method of a call cannot be sent')
  let [allValues, lines] = ['', '']
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = writtenName(headers[at] ?? '')
    const value = headers[at + 1] ?? ''
    if (name.isOpen) lines += name.with(value)
    else {
      allValues += value
      lines += name.line + value
    }
  }
  // All that were not looked at when they were kept, at once: one look a call, not one a header.
  if (!values.test(allValues)) throw new TypeError('a header of a call holds a character that none may hold')
  return `${request.method} ${path} HTTP/1.1${lines}\r\ncontent-length: ${bodyLength(body)}\r\n\r\n`
}

/** Nobody writes into the body afterwards. */
export function writeRequest(socket: Socket, head: string, { body }: UpstreamRequest): void {
  let text = head
  let isCorked = false
  for (const piece of isWholeBody(body) ? [body] : body) {
    if (piece.byteLength <= longestInText) {
      text += latin1Of(piece)
      continue
    }
    // All that follows goes out in the same system call.
    if (!isCorked) socket.cork()
    isCorked = true
    if (text !== '') socket.write(text, 'latin1')
    text = ''
    socket.write(piece)
  }
  if (text !== '') socket.write(text, 'latin1')
  if (isCorked) socket.uncork()
}
