/**
 * Fills the DynamoDB table LLMModels of an environment with the models of Pointsman's catalogue:
 * node scripts/populate_llm_models.ts [ENVIRONMENT] [--dry-run]; --help says the rest.
 */
import { populateLlmModels } from '../packages/pointsman/src/commands/populate-models.ts'

process.exitCode = await populateLlmModels(process.argv.slice(2))
