export { createAnthropic } from './anthropic/index.ts'
export { createBedrock } from './bedrock/index.ts'
export { createGoogle } from './google/index.ts'
export { createOpenai, createOpenaiCompatible, type CompatibleServer } from './openai/index.ts'
