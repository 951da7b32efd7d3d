/**
 * What a field of a protocol-buffer message may hold. `any` is any JSON (google.protobuf.Value), `struct` an object of
 * any JSON (google.protobuf.Struct).
 */
export type ProtoType =
  | { readonly kind: 'string' | 'bool' | 'bytes' | 'any' | 'struct' }
  | { readonly kind: 'int32' | 'int64' | 'float' }
  | { readonly kind: 'enum'; readonly name: string; readonly members: readonly string[] }
  | { readonly kind: 'message'; readonly name: string }
  | { readonly kind: 'list'; readonly of: ProtoType }
  | { readonly kind: 'map'; readonly of: ProtoType }

/** A message: its fields by the names of its definition (snake_case), and which of them exclude each other. */
export interface ProtoMessage {
  readonly fields: Readonly<Record<string, ProtoType>>
  readonly oneofs?: Readonly<Record<string, readonly string[]>>
}

/** Messages by name; a field refers to them by it, so that a message may hold itself. */
export type ProtoMessages = Readonly<Record<string, ProtoMessage>>

export const text: ProtoType = { kind: 'string' }
export const bool: ProtoType = { kind: 'bool' }
export const bytes: ProtoType = { kind: 'bytes' }
export const anyJson: ProtoType = { kind: 'any' }
export const struct: ProtoType = { kind: 'struct' }
export const int32: ProtoType = { kind: 'int32' }
export const int64: ProtoType = { kind: 'int64' }
export const float: ProtoType = { kind: 'float' }

export function enumOf(name: string, members: readonly string[]): ProtoType {
  return { kind: 'enum', name, members }
}

export function message(name: string): ProtoType {
  return { kind: 'message', name }
}

export function listOf(of: ProtoType): ProtoType {
  return { kind: 'list', of }
}

export function mapOf(of: ProtoType): ProtoType {
  return { kind: 'map', of }
}
