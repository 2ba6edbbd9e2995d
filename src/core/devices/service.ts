/**
 * What people read of devices. What a lapsed inventory said is not known: it is shown with its age, and counts for nothing.
 */
import { z } from 'zod'
import { derive } from '#core/intake/model.ts'
import { judgeAsOf } from '#core/safeguards/store.ts'
import {
  countSoftware,
  type FindingBrief,
  listOpenFindings,
  listSoftware,
  listTold,
  type Page,
  type PageWanted,
  type Piece,
  type Told,
} from '#core/systems/pages/service.ts'
import type { Context } from '#platform/context.ts'
import { pageFrom, placeId, readCursor } from '#platform/paging.ts'
import { refusals } from '#platform/refusal.ts'
import { type Fault, faultsOf, isSupported, onlyOne } from './model.ts'
import {
  countDeviceRows,
  type DeviceCounts,
  type DeviceEvent,
  type DeviceFilter,
  type DeviceRow,
  findDeviceRow,
  listDeviceEvents,
  listDeviceRows,
  listUsersFound,
  type UserKeys,
} from './store.ts'

export type { DeviceCounts, DeviceEvent } from './store.ts'

const refuse = refusals('device', {
  unknown: ['missing', 'There is no such device.', 'list the devices to see their numbers'],
})

const eventsShown = 100

export interface Device extends DeviceRow {
  readonly isSupported: boolean | undefined
  readonly faults: readonly Fault[]
  /** The person who uses it, where what the inventory writes means one person of the workforce and no other. */
  readonly personId: number | undefined
}

const namePlace = z.tuple([z.string().max(1_000), placeId])

export async function listDevices(
  context: Context,
  { limit, after, ...filter }: DeviceFilter & PageWanted,
): Promise<Page<Device>> {
  const { db, now, today } = context
  await judgeAsOf(db, now, today)
  const place = after === undefined ? undefined : readCursor(namePlace, after)
  const rows = await listDeviceRows(db, filter, { limit: limit + 1, after: place })
  const { items, next } = pageFrom(rows, limit, ({ sortName, id }) => [sortName, id])
  return { items: await complete(context, items), next }
}

export async function countDevices({ db, now, today }: Context): Promise<DeviceCounts> {
  await judgeAsOf(db, now, today)
  return countDeviceRows(db)
}

export interface DeviceShown {
  readonly device: Device
  readonly told: readonly Told[]
  readonly openFindings: readonly FindingBrief[]
  readonly software: { readonly pieces: number; readonly isCurrent: boolean | null }
  readonly events: readonly DeviceEvent[]
}

export async function showDevice(context: Context, deviceId: number): Promise<DeviceShown> {
  const { db, now, today } = context
  await judgeAsOf(db, now, today)
  const row = await findDeviceRow(db, deviceId)
  const [device] = await complete(context, row ? [row] : [])
  if (!device) throw refuse('unknown')
  return {
    device,
    told: await listTold(context, 'device', deviceId),
    openFindings: await listOpenFindings(context, 'device', deviceId),
    software: await countSoftware(context, { deviceId }),
    events: await listDeviceEvents(db, deviceId, eventsShown),
  }
}

export async function listDeviceSoftware(
  context: Context,
  { deviceId, ...wanted }: PageWanted & { readonly deviceId: number; readonly words?: string | undefined },
): Promise<Page<Piece>> {
  if (!(await findDeviceRow(context.db, deviceId))) throw refuse('unknown')
  return listSoftware(context, { deviceId }, wanted)
}

/** Adds what follows from the rows: whether they are supported, and who uses them. */
async function complete({ db, today }: Context, rows: readonly DeviceRow[]): Promise<readonly Device[]> {
  const keys = new Map(rows.map((row) => [row.id, keysOf(row)]))
  const found = rows.some(({ userName, userEmail }) => userName !== null || userEmail !== null)
    ? await listUsersFound(db, [...keys.values()])
    : []
  const people = new Map(found.map(({ kind, key, people }) => [`${kind} ${key}`, people]))
  const personOf = (user: UserKeys | undefined): number | undefined => {
    // An address says more than a user name, and that more than a name.
    for (const kind of ['email', 'username', 'name'] as const) {
      const meant = people.get(`${kind} ${user?.[kind]}`)
      if (meant) return onlyOne(meant)
    }
    return undefined
  }
  return rows.map((row) => ({
    ...row,
    isSupported: isSupported(row, today),
    faults: faultsOf(row, today),
    personId: personOf(keys.get(row.id)),
  }))
}

function keysOf({ userName, userEmail }: DeviceRow): UserKeys {
  const isAddress = userName?.includes('@') ?? false
  const { emailKey, usernameKey, nameKey } = derive('training', {
    email: userEmail ?? (isAddress ? userName : undefined),
    username: userName?.includes(' ') ? undefined : userName,
    displayName: userName,
  })
  return { email: emailKey ?? undefined, username: usernameKey ?? undefined, name: nameKey ?? undefined }
}
