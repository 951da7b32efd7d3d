import { resolve } from 'node:path'

/**
 * The data folder, as an absolute path; an empty variable is an unset one. In a file of its own, because it is asked for before
 * what reads the other settings is loaded.
 * @param option what `--data-dir` says.
 */
export function dataDirFrom(
  environment: { readonly [name: string]: string | undefined },
  option: string | undefined,
): string {
  const variable = environment['POINTSMAN_DATA_DIR']?.trim() ?? ''
  return resolve(option ?? (variable === '' ? '.pointsman' : variable))
}
