/** Resolves systems by their several names, and devices, vendors and products by theirs. */
import type { Context } from '#platform/context.ts'
import type { Db, Sql } from '#platform/database.ts'
import { matchSystem, sameProduct, systemKey, systemKindOf } from './model.ts'
import {
  applySystemAnswers,
  askSystemName,
  insertSystem,
  type KnownSystem,
  listApprovals,
  listNewSystemNames,
  listProducts,
  listStagedSystemNames,
  listSystems,
  type NameSeen,
  nameSystem,
  replaceProductApprovals,
  tieDevices,
  tieProducts,
  tieStagedAccounts,
  tieSystems,
  tieVendors,
} from './store.ts'

/** Ties what sources said to the systems, accounts, devices, vendors and products that it is about. Repeatable. */
export async function resolveSystems({ db }: Context): Promise<void> {
  await applySystemAnswers(db)
  await nameSystems(db, await listNewSystemNames(db))
  await tieSystems(db)
  await tieDevices(db)
  await tieVendors(db)
  await tieProducts(db)
  const approvals = await listApprovals(db)
  const pairs = (await listProducts(db)).flatMap((product) =>
    approvals
      .filter((approval) => sameProduct(product.name, approval.product))
      .map((approval) => ({ productId: product.id, approvalId: approval.id })),
  )
  await replaceProductApprovals(db, pairs)
}

/**
 * Ties the accounts of a list that is being taken in to their systems at once. A list names its system by a column, its product
 * or its file; where the register of systems is read first, that is the system meant.
 */
export async function resolveStagedAccounts(db: Db, stage: string): Promise<Sql> {
  await nameSystems(db, await listStagedSystemNames(db, stage))
  return tieStagedAccounts(db, stage)
}

/** Finds which system each new name means, or makes one; a name that may mean another is a question. */
async function nameSystems(db: Db, names: readonly NameSeen[]): Promise<void> {
  if (names.length === 0) return
  const systems: KnownSystem[] = [...(await listSystems(db))]
  for (const { name, kind } of names) {
    const key = systemKey(name) ?? name.toLowerCase()
    const exact = systems.find((system) => system.key === key)
    if (exact) {
      await nameSystem(db, name, exact.id, false)
      continue
    }
    // The register's own names are different systems; only names met elsewhere may mean one of them.
    const met = kind === null ? matchSystem(name, systems) : { none: true as const }
    if ('match' in met) {
      await nameSystem(db, name, systems[met.index]?.id ?? 0, false)
      continue
    }
    const id = await insertSystem(db, { key, name })
    systems.push({ id, key, name, kind: kind ?? systemKindOf(name) })
    const doubtful = 'doubtful' in met ? met.indexes.flatMap((index) => systems[index]?.id ?? []) : []
    await nameSystem(db, name, id, doubtful.length > 0)
    if (doubtful.length > 0) await askSystemName(db, name, doubtful, 'the names are similar')
  }
}
