import type {
  AnswerPart,
  BodyBytes,
  ChatCall,
  ChatResult,
  CountResult,
  EmbedCall,
  EmbedResult,
  DialectName,
  JsonObject,
  Model,
  Needs,
  Notification,
  PointsmanError,
  Reason,
  ServedTier,
  StreamError,
  UpstreamAnswerHead,
  WholeResult,
} from '@pointsman/contract'

/** A place in a body, in bytes: `start` included, `end` not. */
export interface ByteSpan {
  readonly start: number
  readonly end: number
}

/** A name from a body, and the field in which it stands as the caller wrote it. */
export interface WrittenName {
  readonly text: string
  readonly field: string
}

/** Who asks and for what, where a face says in its body what others say in headers. Null = not said. */
export interface BodyCaller {
  readonly conversation: WrittenName | null
  readonly user: WrittenName | null
  readonly agent: WrittenName | null
  readonly useCase: WrittenName | null
  readonly role: WrittenName | null
  /** The seeds' word for a use case. */
  readonly assistantType: WrittenName | null
  /** The caller wants to be told when its conversation is switched. */
  readonly tellSwitch: boolean
}

/** What routing needs of a request, read once. */
export interface ScannedRequest {
  /** The name in the body (OpenAI, Anthropic); null where the face carries it in its path, or the caller left it out. */
  readonly model: string | null
  readonly stream: boolean
  readonly needs: Needs
  /** The body as received, less a byte order mark. */
  readonly bytes: Uint8Array
  /** For what decides the way: of large bodies the outline, in which long strings are cut (`readOutlinedBody`). */
  readonly json: JsonObject
  /** For what reads the request itself: the parsed body, parsed at most once. Throws `invalid_json`. */
  readonly whole: () => JsonObject
  /** Where the value of the body's `model` stands in `bytes`; null where it has none. */
  readonly modelSpan: ByteSpan | null
  /**
   * The history holds what this server wrote into an answer for another vendor (a marked signature): the bytes cannot
   * pass as they are, even to the same dialect.
   */
  readonly marked: boolean
  /** Left out by faces whose bodies do not say it. */
  readonly caller?: BodyCaller
}

/** The model that a request is written for. */
export interface WriteTarget {
  readonly upstreamId: string
  readonly model: Model
}

export interface WrittenRequest {
  readonly body: Uint8Array
  /** Parameters that the target cannot honour and that were left out without changing the meaning. */
  readonly warnings: readonly string[]
  /** What stands in headers here and in the body elsewhere, flat, lower-case names; left out for none. */
  readonly headers?: readonly string[]
  /** The other way round: words of such headers that the body says here; left out for none. */
  readonly headerWords?: readonly string[]
}

export interface PassedRequest {
  readonly body: BodyBytes
  /** Usage was asked for in the caller's place: the frame that tells it is not the caller's. */
  readonly hideUsage: boolean
  /** So many answers are asked for; left out for one. */
  readonly answers?: number
}

/**
 * `relay` parses only what accounting needs (usage, finish, errors) and checks that the rest is whole; `translate` every
 * frame; `sample` single frames out of a stream's midst, each by itself, for the text that they hold.
 */
export type ReadingMode = 'relay' | 'translate' | 'sample'

export interface StreamReaderOptions {
  readonly mode: ReadingMode
  /** `relay`: the frame that tells usage has empty bytes. */
  readonly hideUsage: boolean
  /** `relay`: the stream has finished when so many answers have; left out for one. */
  readonly answers?: number
  /** `translate`: which answers, and so signs; left out where nobody asks who signed. */
  readonly model?: Model
}

/** The conversation that an answer belongs to, for faces that tell of it. */
export interface AnswerConversation {
  readonly id: string
  /** Null = the default. */
  readonly useCase: string | null
  /** This message moved the conversation to another model. */
  readonly switched: boolean
  readonly switchId: string | null
  readonly notification: Notification | null
}

/** What an answer in a face's own form says about itself. */
export interface AnswerAbout {
  /** The request's id; a writer puts what its vendor's ids begin with (`chatcmpl-`, `msg_`) in front. */
  readonly answerId: string
  readonly createdAtS: number
  /** The model that served. */
  readonly model: string
  /** The caller wants usage in the stream. */
  readonly streamUsage: boolean
  /** Since the request arrived; stands in for a vendor's own figure of its time, where a form must have one. */
  readonly elapsedMs: number
  /** How the caller wants vectors written. */
  readonly vectorEncoding: 'float' | 'base64'
  /**
   * The caller's own request: some faces tell it again in the answer (Responses). Read, where it is, when a writer is made:
   * once a stream has begun it is let go of.
   */
  readonly asked: JsonObject
  /** What people call the model that served. */
  readonly modelName: string
  readonly reason: Reason
  /** Null where the request belongs to none. */
  readonly conversation: AnswerConversation | null
  /** `elapsedMs` at the moment of asking: a stream's end comes long after its writer was made. */
  elapsedMsNow(): number
  /** What an answer costs that tells this of itself; null = not known. */
  costNanoUsd(answered: Pick<ChatResult, 'finish' | 'usage' | 'serviceTier'>): number | null
}

/** One whole frame of a stream, as received. */
export interface StreamFrame {
  readonly bytes: Uint8Array
  /**
   * `opening`: says only that an answer begins. `content`: the commit point. `closing`: the finish, usage or end
   * mark, held back until the usage record is safe. `error`: the vendor's error inside the stream. `other`: padding, comments, unknown.
   */
  readonly role: 'opening' | 'content' | 'closing' | 'error' | 'other'
  readonly parts: readonly AnswerPart[]
  /** The vendor's event, where `bytes` hold it in base64; left out where they hold it as it is. */
  readonly inside?: Uint8Array
}

/** An answer as its own frames name it, in the vendor's words. */
export interface NamedAnswer {
  readonly id: string
  readonly createdAtS: number
  readonly model: string
}

/** What the client has of a stream that breaks off. */
export interface BrokenStream {
  /** The last whole frames that it got; null where there were none. */
  readonly lastSent: Uint8Array | null
  readonly about: AnswerAbout
  /** Of frames that were passed on; null where they name no answer, or were written here. */
  readonly named: NamedAnswer | null
}

export interface StreamReader {
  /** `relay`: what the frames so far name the answer; left out by dialects whose errors name none. */
  readonly named?: NamedAnswer | null
  /** Bytes as they arrive, cut anywhere; answers the frames that became whole. Throws `DamagedStream` (`upstream_broken`) on a damaged frame, with those before it. */
  push(bytes: Uint8Array): readonly StreamFrame[]
  /** The source ended: bytes left over are an error (`upstream_broken`). */
  end(): readonly StreamFrame[]
}

export interface StreamWriter {
  /** The part in the dialect's own frames; null when this part has no frame of its own. */
  write(part: AnswerPart): Uint8Array | null
  /** What follows the last part (`data: [DONE]`, a closing usage frame); null for nothing. */
  end(): Uint8Array | null
}

export interface WrittenError {
  readonly status: number
  /** Name, value, …; the content type among them. */
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

/** Of a vendor's answer: some tell in a header what their body does not. */
export type AnswerHeaders = UpstreamAnswerHead['headers']

/** How one operation that answers whole reads and writes in a dialect: as a face, and as a provider's. */
export interface WholeForm<Call, Result extends WholeResult> {
  /** As for chats: see Dialect. */
  scanRequest(bytes: Uint8Array, stream: boolean | null): ScannedRequest
  readRequest(scanned: ScannedRequest): Call
  writeRequest(call: Call, target: WriteTarget): WrittenRequest
  passRequest(scanned: ScannedRequest, target: WriteTarget): PassedRequest
  /** `headers` are left out where there are none to read, as for a stored answer; so is `model`, which answered. */
  readResult(body: Uint8Array, headers?: AnswerHeaders, model?: Model): Result
  writeResult(result: Result, about: AnswerAbout): Uint8Array
  /** What this form's vendor tells of an answer in headers, flat; left out where it tells nothing there. */
  resultHeaders?(result: Result): readonly string[]
  /** What of an answer this form has no place for and leaves out, as warnings; left out where it has a place for all. */
  resultWarnings?(result: Result): readonly string[]
}

/** A request header that belongs to a body of a dialect. */
export interface RequestHeader {
  /** In lower case. */
  readonly name: string
  /**
   * Where the request is written in another dialect, which has no place for it: `refuse` what would change the answer's
   * meaning, `warn` of what would not, `ignore` what says nothing of the answer.
   */
  readonly elsewhere: 'refuse' | 'warn' | 'ignore'
}

/** One vendor JSON dialect, as a face (read requests, write answers) and as a provider's (write requests, read answers). No network. */
export interface Dialect extends WholeForm<ChatCall, ChatResult> {
  readonly name: DialectName
  readonly streamContentType: string
  /** What may stand between two frames of a stream and says nothing; null where the form has none. */
  readonly heartbeat: Uint8Array | null
  readonly requestHeaders: readonly RequestHeader[]
  /** Null where the dialect has no such operation. */
  readonly embed: WholeForm<EmbedCall, EmbedResult> | null
  readonly countTokens: WholeForm<ChatCall, CountResult> | null
  /**
   * `stream` is what the path says, null where the body does.
   * Throws PointsmanError (`invalid_json`, `invalid_request` with the field).
   */
  scanRequest(bytes: Uint8Array, stream: boolean | null): ScannedRequest
  /** The whole request in neutral form; throws `invalid_request` with the field, `unsupported_parameter`. */
  readRequest(scanned: ScannedRequest): ChatCall
  /** For this dialect's own provider, from the neutral form; throws `unsupported_parameter` where leaving something out would change the meaning. */
  writeRequest(call: ChatCall, target: WriteTarget): WrittenRequest
  /** Same dialect on both sides: the original bytes, with only the model's name replaced where the body holds one. */
  passRequest(scanned: ScannedRequest, target: WriteTarget): PassedRequest
  /**
   * Whether this model takes the caller's bytes where models behind one dialect differ in what they refuse: one that does
   * not gets the request written anew. Left out where all take the same.
   */
  takesBytes?(scanned: ScannedRequest, target: WriteTarget): boolean
  /**
   * Whether this model takes bytes that the caller wrote for another one, or for any: one that is known to refuse them gets
   * the request written anew. Not asked where the caller named this model. Left out where all take the same.
   */
  takesSteered?(scanned: ScannedRequest, target: WriteTarget): boolean
  /**
   * The dialect that has a place for what other ones of a provider have none for; null where this request holds no such
   * thing. Left out where none does.
   */
  nearestDialect?(scanned: ScannedRequest): DialectName | null
  readResult(body: Uint8Array, headers?: AnswerHeaders, model?: Model): ChatResult
  writeResult(result: ChatResult, about: AnswerAbout): Uint8Array
  streamReader(options: StreamReaderOptions): StreamReader
  streamWriter(about: AnswerAbout): StreamWriter
  /** As `resultWarnings`, of a piece of a stream; null = it has a place. */
  partWarning?(part: AnswerPart): string | null
  /**
   * The service tier that a request asks for by name; null where it names none, or leaves it to the vendor (`auto`). `json`
   * may be the outline; `headers` are flat. Left out where requests cannot name one.
   */
  askedTier?(json: JsonObject, headers: readonly string[]): ServedTier | null
  /** The tier that served, of a vendor that tells it in a header and not in the answer itself. */
  headTier?(headers: AnswerHeaders): ServedTier | null
  writeError(error: PointsmanError, requestId: string): WrittenError
  /** An error after the commit point, as the dialect says it inside a stream. `broken` is left out where nobody knows of it. */
  writeStreamError(error: PointsmanError, broken?: BrokenStream): Uint8Array
}

/** CRC-32 (IEEE) of the bytes, going on from `start`; as `node:zlib` has it, handed in because wire is pure. */
export type Crc32 = (bytes: Uint8Array, start?: number) => number

export type { StreamError }
