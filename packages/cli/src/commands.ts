import type { Command } from './command.ts'
import { agentsImport } from './commands/agents-import.ts'
import { agentsList } from './commands/agents-list.ts'
import { agentsSet } from './commands/agents-set.ts'
import { agentsShow } from './commands/agents-show.ts'
import { alarmsList } from './commands/alarms-list.ts'
import { autoSwitch } from './commands/auto-switch.ts'
import { chat } from './commands/chat.ts'
import { costAlarmsList } from './commands/cost-alarms-list.ts'
import { costAlarmsRemove } from './commands/cost-alarms-remove.ts'
import { costAlarmsSet } from './commands/cost-alarms-set.ts'
import { costAlarmsTest } from './commands/cost-alarms-test.ts'
import { drillList } from './commands/drill-list.ts'
import { drillShow } from './commands/drill-show.ts'
import { drillStart } from './commands/drill-start.ts'
import { drillStop } from './commands/drill-stop.ts'
import { explain } from './commands/explain.ts'
import { followStatus } from './commands/follow-status.ts'
import { iamCheck } from './commands/iam-check.ts'
import { iamPolicy } from './commands/iam-policy.ts'
import { keysCreate } from './commands/keys-create.ts'
import { keysList } from './commands/keys-list.ts'
import { keysRevoke } from './commands/keys-revoke.ts'
import { keysRotate } from './commands/keys-rotate.ts'
import { keysSet } from './commands/keys-set.ts'
import { lifecycle } from './commands/lifecycle.ts'
import { modelsAdd } from './commands/models-add.ts'
import { modelsDisable } from './commands/models-disable.ts'
import { modelsEnable } from './commands/models-enable.ts'
import { modelsImport } from './commands/models-import.ts'
import { modelsList } from './commands/models-list.ts'
import { modelsSetDefault } from './commands/models-set-default.ts'
import { modelsShow } from './commands/models-show.ts'
import { modelsSync } from './commands/models-sync.ts'
import { providersBearerToken } from './commands/providers-bearer-token.ts'
import { providersKeys } from './commands/providers-keys.ts'
import { providersList } from './commands/providers-list.ts'
import { providersRemoveKey } from './commands/providers-remove-key.ts'
import { providersSetKey } from './commands/providers-set-key.ts'
import { providersTest } from './commands/providers-test.ts'
import { snapshotSave } from './commands/snapshot-save.ts'
import { sql } from './commands/sql.ts'
import { switchModel } from './commands/switch.ts'
import { switchesExport } from './commands/switches-export.ts'
import { switchesList } from './commands/switches-list.ts'
import { switchesRevert } from './commands/switches-revert.ts'
import { switchesShow } from './commands/switches-show.ts'
import { switchesVerify } from './commands/switches-verify.ts'
import { usage } from './commands/usage.ts'
import { usageRecords } from './commands/usage-records.ts'
import { usageTake } from './commands/usage-take.ts'
import { useCasesList } from './commands/use-cases-list.ts'
import { useCasesSet } from './commands/use-cases-set.ts'
import { useCasesShow } from './commands/use-cases-show.ts'
import { validate } from './commands/validate.ts'

/** Every command that speaks to a server, in the order of the help. */
export const commands: readonly Command[] = [
  chat,
  switchModel,
  autoSwitch,
  switchesList,
  switchesShow,
  switchesRevert,
  switchesVerify,
  switchesExport,
  modelsList,
  modelsShow,
  modelsAdd,
  modelsEnable,
  modelsDisable,
  modelsSetDefault,
  modelsSync,
  modelsImport,
  providersList,
  providersSetKey,
  providersRemoveKey,
  providersKeys,
  providersTest,
  providersBearerToken,
  iamPolicy,
  iamCheck,
  validate,
  useCasesList,
  useCasesShow,
  useCasesSet,
  agentsList,
  agentsShow,
  agentsSet,
  agentsImport,
  followStatus,
  usage,
  usageRecords,
  usageTake,
  explain,
  snapshotSave,
  lifecycle,
  alarmsList,
  costAlarmsList,
  costAlarmsSet,
  costAlarmsRemove,
  costAlarmsTest,
  drillStart,
  drillList,
  drillShow,
  drillStop,
  sql,
  keysCreate,
  keysList,
  keysSet,
  keysRotate,
  keysRevoke,
]
