import { createServer, type Server, type Socket } from 'node:net'
import { forms, stampNow, type ChunkForm } from './chunks.ts'

/** One answer under way. */
interface Answer {
  readonly socket: Socket
  readonly form: ChunkForm
}

/**
 * A vendor that streams: straight on the socket, so that it costs little beside those that are measured. A request is
 * answered at once with the head, the opening and the first content; what follows is sent by `sendNext` and `endAll`.
 */
export class Vendor {
  readonly #server: Server
  #answers: Answer[] = []
  /** Whose turn it is to send. */
  #next = 0

  constructor() {
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket))
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve) => void this.#server.listen(port, '127.0.0.1', 4_096, resolve))
  }

  get open(): number {
    return this.#answers.length
  }

  /** One chunk more to each of so many answers, in turn. */
  sendNext(count: number): void {
    for (let sent = 0; sent < count && this.#answers.length > 0; sent++) {
      this.#next = (this.#next + 1) % this.#answers.length
      const answer = this.#answers[this.#next]
      answer?.socket.write(answer.form.content(stampNow()))
    }
  }

  endAll(): void {
    for (const { form, socket } of this.#answers.splice(0)) socket.write(form.closing)
  }

  #serve(socket: Socket): void {
    let unused = Buffer.alloc(0)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => (this.#answers = this.#answers.filter((answer) => answer.socket !== socket)))
    socket.on('data', (bytes: Buffer) => {
      unused = Buffer.concat([unused, bytes])
      const headEnd = unused.indexOf('\r\n\r\n')
      if (headEnd === -1) return
      const head = unused.toString('latin1', 0, headEnd)
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
      const end = headEnd + 4 + length
      if (unused.byteLength < end) return
      unused = unused.subarray(end)
      this.#answer(socket, head)
    })
  }

  #answer(socket: Socket, head: string): void {
    const target = head.split(' ', 2)[1] ?? ''
    if (target === '/ready') {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
      return
    }
    const form = target.startsWith('/model/') ? forms.converse : forms.openai
    socket.write(
      Buffer.concat([
        Buffer.from(
          `HTTP/1.1 200 OK\r\ncontent-type: ${form.contentType}\r\nx-request-id: req_bench\r\ntransfer-encoding: chunked\r\n\r\n`,
        ),
        ...[form.opening, form.content(stampNow())],
      ]),
    )
    this.#answers.push({ socket, form })
  }
}
