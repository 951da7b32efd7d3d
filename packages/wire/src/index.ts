export * from './dialect.ts'
export * from './dialects.ts'
export { readVendorJson } from './read-body.ts'
