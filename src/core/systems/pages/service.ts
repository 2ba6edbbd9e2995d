/**
 * What people read of systems. The rules:
 *  - What a lapsed source said is not known: it is shown with its age, and counts for nothing.
 *  - Not known is told apart from no, in every value and every count.
 */
import { z } from 'zod'
import { judgeAsOf } from '#core/safeguards/store.ts'
import type { Context } from '#platform/context.ts'
import type { Day } from '#platform/days.ts'
import { pageFrom, placeId, readCursor } from '#platform/paging.ts'
import { refusals } from '#platform/refusal.ts'
import { type Agreement, agreementOf, approvalOf, hostKey, type Piece, saysOf, type Told } from './model.ts'
import {
  type AccountRow,
  type BackupRow,
  countAccountGroups,
  countPieces,
  countSystemRows,
  type FindingBrief,
  findSystemPlace,
  findSystemRow,
  findVendorRow,
  type Group,
  type GroupCounts,
  listAccountRows,
  listBackupRows,
  listDevicesNamed,
  listFindingsAbout,
  listNames,
  listPieceRows,
  listSystemRows,
  listToldRows,
  type NamePlace,
  type Place,
  type SystemCounts,
  type SystemFilter,
  type SystemRow,
} from './store.ts'

export type { Agreement, Piece, Told } from './model.ts'
export type {
  AccountRow,
  BackupRow,
  FindingBrief,
  Group,
  GroupCounts,
  Place,
  SystemCounts,
  SystemRow,
} from './store.ts'

const refuse = refusals('system', {
  unknown: ['missing', 'There is no such system.', 'list the systems to see their numbers'],
})

export const findingsShown = 50
const devicesShown = 20

export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}
export interface PageWanted {
  readonly limit: number
  readonly after?: string | undefined
}

const namePlace = z.tuple([z.string().max(1_000), placeId])
const readPlace = (after: string | undefined): NamePlace | undefined =>
  after === undefined ? undefined : readCursor(namePlace, after)

export interface SystemListed extends SystemRow {
  readonly agreement: Agreement | undefined
}

export async function listSystems(
  { db, now, today }: Context,
  { limit, after, ...filter }: SystemFilter & PageWanted,
): Promise<Page<SystemListed>> {
  await judgeAsOf(db, now, today)
  const rows = await listSystemRows(db, filter, { limit: limit + 1, after: readPlace(after) })
  const { items, next } = pageFrom(rows, limit, ({ sortName, id }) => [sortName, id])
  return { items: items.map((row) => listedOf(row, today)), next }
}

function listedOf(row: SystemRow, today: Day): SystemListed {
  return { ...row, agreement: agreementOf(row.vendorAgreement, row.vendorExpiresOn, today) }
}

export async function countSystems({ db, now, today }: Context): Promise<SystemCounts> {
  await judgeAsOf(db, now, today)
  return countSystemRows(db)
}

export interface VendorShown {
  readonly name: string
  readonly agreement: Agreement | undefined
  readonly isCurrent: boolean
  readonly agreementSignedOn: Day | undefined
  readonly agreementExpiresOn: Day | undefined
  readonly assessedOn: Day | undefined
  readonly told: readonly Told[]
}

export interface SystemShown {
  readonly system: SystemListed
  readonly hosting: string | null
  readonly signInBy: string | null
  readonly names: readonly { readonly name: string; readonly isDoubtful: boolean }[]
  readonly enabledAccounts: GroupCounts | undefined
  readonly backups: readonly BackupRow[]
  readonly vendor: VendorShown | undefined
  readonly told: readonly Told[]
  readonly openFindings: readonly FindingBrief[]
  readonly devices: readonly { readonly id: number; readonly name: string }[]
  readonly software: number
}

export async function showSystem({ db, now, today }: Context, systemId: number): Promise<SystemShown> {
  await judgeAsOf(db, now, today)
  const row = await findSystemRow(db, systemId)
  if (!row) throw refuse('unknown')
  const names = await listNames(db, systemId)
  const hosts = hostsOf(names)
  return {
    system: listedOf(row, today),
    ...(await findSystemPlace(db, systemId)),
    names,
    enabledAccounts: row.accounts > 0 ? await countAccountGroups(db, systemId) : undefined,
    backups: await listBackupRows(db, systemId),
    vendor: await showVendor({ db, today }, row),
    told: (await listToldRows(db, 'system', systemId)).map(saysOf),
    openFindings: await listFindingsAbout(db, 'system', systemId, findingsShown),
    devices: await listDevicesNamed(db, hosts, devicesShown),
    software: (await countPieces(db, { hosts })).pieces,
  }
}

async function showVendor(
  { db, today }: Pick<Context, 'db' | 'today'>,
  { vendor: name, vendorKey }: SystemRow,
): Promise<VendorShown | undefined> {
  if (name === null) return undefined
  const row = vendorKey === null ? undefined : await findVendorRow(db, vendorKey)
  return {
    name: row?.name ?? name,
    isCurrent: row !== undefined && row.basis !== null,
    agreement: agreementOf(row?.agreement ?? null, row?.agreementExpiresOn ?? null, today),
    agreementSignedOn: row?.agreementSignedOn ?? undefined,
    agreementExpiresOn: row?.agreementExpiresOn ?? undefined,
    assessedOn: row?.assessedOn ?? undefined,
    told: row === undefined ? [] : (await listToldRows(db, 'vendor', row.id)).map(saysOf),
  }
}

const keyPlace = z.tuple([z.string().max(2_000)])

export async function listSystemAccounts(
  { db, now, today }: Context,
  {
    systemId,
    group,
    words,
    limit,
    after,
  }: PageWanted & {
    readonly systemId: number
    readonly group?: Group | undefined
    readonly words?: string | undefined
  },
): Promise<Page<AccountRow>> {
  await judgeAsOf(db, now, today)
  await findNames(db, systemId)
  const place = after === undefined ? undefined : readCursor(keyPlace, after)[0]
  const rows = await listAccountRows(db, systemId, { group, words }, { limit: limit + 1, after: place })
  return pageFrom(rows, limit, ({ key }) => [key])
}

export async function listSystemSoftware(
  context: Context,
  { systemId, ...wanted }: PageWanted & { readonly systemId: number; readonly words?: string | undefined },
): Promise<Page<Piece>> {
  return listSoftware(context, { hosts: hostsOf(await findNames(context.db, systemId)) }, wanted)
}

/** The software of a place by name; the place is known to be the organisation's. */
export async function listSoftware(
  { db, now, today }: Context,
  place: Place,
  { words, limit, after }: PageWanted & { readonly words?: string | undefined },
): Promise<Page<Piece>> {
  await judgeAsOf(db, now, today)
  const rows = await listPieceRows(db, place, { words }, { limit: limit + 1, after: readPlace(after) })
  const { items, next } = pageFrom(rows, limit, ({ sortName, id }) => [sortName, id])
  return { items: items.map((row) => ({ ...row, approval: approvalOf(row) })), next }
}

export function countSoftware({ db }: Context, place: Place): ReturnType<typeof countPieces> {
  return countPieces(db, place)
}

/** What sources say of a device, and its open findings: for the page of devices. */
export async function listTold({ db }: Context, kind: 'device', id: number): Promise<readonly Told[]> {
  return (await listToldRows(db, kind, id)).map(saysOf)
}

export function listOpenFindings({ db }: Context, kind: 'device', id: number): Promise<readonly FindingBrief[]> {
  return listFindingsAbout(db, kind, id, findingsShown)
}

async function findNames(db: Context['db'], systemId: number): ReturnType<typeof listNames> {
  const names = await listNames(db, systemId)
  if (names.length === 0) throw refuse('unknown')
  return names
}

/** What inventories would call a host of one of these names. */
function hostsOf(names: readonly { readonly name: string; readonly isDoubtful: boolean }[]): readonly string[] {
  return names.flatMap(({ name, isDoubtful }) => (isDoubtful ? [] : (hostKey(name) ?? [])))
}
