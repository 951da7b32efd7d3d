export { createBedrock } from './bedrock/index.ts'
