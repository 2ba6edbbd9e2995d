/** For how long the trail is kept, within what time its cases are looked at, and who is told of new ones. */
import type { Call, Recorded } from '#core/door.ts'
import type { Context } from '#platform/context.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import type * as contract from './contract.ts'
import { usualSettings } from './model.ts'
import { findSettings, type SettingsRow, upsertSettings } from './store.ts'

export type Settings = SettingsRow

/** What holds: as somebody set it, or what is usual. */
export async function readSettings({ db }: Pick<Context, 'db'>): Promise<Settings> {
  return (await findSettings(db)) ?? usualSettings
}

export async function showSettings(call: Call): Promise<OutputOf<typeof contract.showSettings>> {
  const { tell, ...rest } = await readSettings(call)
  return { ...rest, tell: [...tell] }
}

export async function setSettings(
  call: Call,
  input: InputOf<typeof contract.setSettings>,
): Promise<Recorded & { readonly output: OutputOf<typeof contract.setSettings> }> {
  const tell = [...new Set(input.tell)]
  await upsertSettings(call.db, { ...input, tell }, call.actor, call.now)
  return { output: { ...input, tell }, subjects: [], payload: { ...input, tell } }
}
