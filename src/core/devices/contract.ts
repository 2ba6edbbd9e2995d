/** Devices over the door: what they run, how they are kept, who uses them, and what each source says of them. */
import { z } from 'zod'
import { findingAbout, piece, softwareNarrowing, told } from '#core/systems/contract.ts'
import { day, endpoint, id, instant, line, pageOf, paging, readers } from '#platform/contract.ts'
import { faults } from './model.ts'

export const device = z.object({
  id,
  name: z.string(),
  kind: z.string().nullable(),
  /** Maker and model. */
  model: z.string().nullable(),
  operatingSystem: z.string().nullable(),
  /** Its last day with security updates; null when not known or not set. */
  supportedUntil: day.nullable(),
  /** Whether it still gets security updates; null when not known. */
  isSupported: z.boolean().nullable(),
  encrypted: z.boolean().nullable(),
  /** Against malware. */
  protected: z.boolean().nullable(),
  managed: z.boolean().nullable(),
  lastSeenAt: instant.nullable(),
  ephi: z.boolean().nullable(),
  /** Retired or in stock, by every current list that says. */
  isOutOfUse: z.boolean(),
  isLost: z.boolean(),
  /** Whether a current inventory names it; when not, the rest is not known. */
  isCurrent: z.boolean(),
  /** Whose it is, as the inventory writes it, and the person where it is one of the workforce without doubt. */
  user: z.object({ name: z.string(), personId: id.nullable() }).nullable(),
  /** What is wrong with it, by what is known: of a kind that is judged by it, and in use. */
  faults: z.array(z.enum(faults)),
  /** Open findings about it. */
  findings: z.int(),
})

export const deviceKinds = [
  'workstation',
  'laptop',
  'server',
  'virtual',
  'phone',
  'tablet',
  'medical',
  'network',
  'printer',
] as const

/** What stands against a device in use, each as its inventory tells it. */
export const deviceGroups = ['unsupported', 'not-encrypted', 'not-seen', 'with-findings'] as const

export const listDevices = endpoint({
  name: 'devices.list',
  method: 'GET',
  path: '/devices',
  effect: 'read',
  summary: 'List devices by name, with what they run and how they are kept',
  roles: readers,
  input: z.strictObject({
    /** Words of the name, the serial number or the user. */
    q: line(100).optional(),
    kind: z.enum(deviceKinds).optional(),
    group: z.enum(deviceGroups).optional(),
    ...paging,
  }),
  output: pageOf(device),
})

export const countDevices = endpoint({
  name: 'devices.count',
  method: 'GET',
  path: '/devices/count',
  effect: 'read',
  summary: 'Count devices, and what stands against those in use',
  roles: readers,
  input: z.strictObject({}),
  output: z.object({
    all: z.int(),
    /** Retired or in stock: what follows leaves them out. */
    outOfUse: z.int(),
    medical: z.int(),
    unsupported: z.int(),
    notEncrypted: z.int(),
    notSeen: z.int(),
    /** No current inventory names them. */
    lapsed: z.int(),
  }),
})

export const showDevice = endpoint({
  name: 'devices.show',
  method: 'GET',
  path: '/devices/{deviceId}',
  effect: 'read',
  summary: 'Show a device: what each source says of it, its findings and what happened to it',
  roles: readers,
  input: z.strictObject({ deviceId: id }),
  output: z.object({
    device,
    serial: z.string().nullable(),
    told: z.array(told),
    /** The worst fifty. */
    openFindings: z.array(findingAbout),
    software: z.object({
      pieces: z.int(),
      /** Whether a current inventory tells of it; null when none ever did. */
      isCurrent: z.boolean().nullable(),
    }),
    /** The newest hundred, the newest first. */
    events: z.array(
      z.object({
        at: instant,
        kind: z.enum([
          'listed',
          'not-listed',
          'software-seen',
          'software-gone',
          'finding-opened',
          'finding-closed',
          'finding-reopened',
          'finding-excepted',
        ]),
        /** The source, or what the finding says. */
        what: z.string(),
        findingId: id.nullable(),
        /** How many pieces of software. */
        count: z.int().nullable(),
      }),
    ),
  }),
})

export const listDeviceSoftware = endpoint({
  name: 'devices.software',
  method: 'GET',
  path: '/devices/{deviceId}/software',
  effect: 'read',
  summary: 'List the software on a device by name',
  roles: readers,
  input: z.strictObject({ deviceId: id, ...softwareNarrowing, ...paging }),
  output: pageOf(piece),
})
