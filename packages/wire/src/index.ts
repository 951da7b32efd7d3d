export * from './dialect.ts'
export * from './dialects.ts'
