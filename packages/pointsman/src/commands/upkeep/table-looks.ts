import { PointsmanError } from '@pointsman/contract'
import { lookAtTable, tablesOf } from '@pointsman/control'
import { ok, problem, warning, type Finding } from '@pointsman/upkeep'
import { createDynamoDb } from '../../serve/ask-dynamodb.ts'
import { awsChain } from '../../serve/aws-chain.ts'
import type { Settings } from '../../settings.ts'

/** The DynamoDB tables that are followed, as the doctor sees them. */
export async function tableLooks({
  dynamoDb,
  proxy,
}: Pick<Settings, 'dynamoDb' | 'proxy'>): Promise<readonly Finding[]> {
  const dynamo = createDynamoDb(dynamoDb, awsChain(proxy))
  const findings: Finding[] = []
  for (const followed of dynamoDb.followed === null ? [] : tablesOf(dynamoDb.followed)) {
    const check = 'dynamodb'
    try {
      const { items, refused, units } = await lookAtTable(dynamo, followed)
      const found = `${followed.name}: ${items} ${followed.kind}, ${units} read units a look`
      const [first] = refused
      findings.push(
        first === undefined
          ? ok(check, found)
          : warning(
              check,
              `${found}, ${refused.length} cannot be read`,
              `Item ${first.key}: ${first.reason}.`,
            ),
      )
    } catch (thrown) {
      if (!(thrown instanceof PointsmanError)) throw thrown
      findings.push(problem(check, thrown.message, 'A running server goes on with what it took last.'))
    }
  }
  return findings
}
