/** Directories that are read live: connected once, read at their times or when asked. A password goes in and never out. */
import { z } from 'zod'
import { endpoint, id, instant, line, nothing, officers, pageOf, paging, readers } from '#platform/contract.ts'

const settings = {
  /** `ldaps://host[:port]`, or `ldap://host[:port]` with `startTls`. */
  url: line(300),
  /** Who signs in; anonymous when null. */
  bindDn: line(500).nullable(),
  base: line(500).nullable(),
  /** Which entries, as an LDAP filter; a reading of some is never complete. */
  filter: line(2_000).nullable(),
  startTls: z.boolean(),
  /** Certificates (PEM) of the authority that the server's must come from. */
  ca: z.string().max(100_000).nullable(),
  /** The name of the system whose accounts these are. */
  system: line(200).nullable(),
  /** When it is read by itself: five fields as cron has them, in the organisation's zone. */
  cron: line(100).nullable(),
  isOn: z.boolean(),
}

export const directory = z.object({
  id,
  name: z.string(),
  ...settings,
  hasPassword: z.boolean(),
  lastJobId: id.nullable(),
  madeBy: z.string(),
  madeAt: instant,
})

const secret = z.string().min(1).max(1_000)

export const list = endpoint({
  name: 'directories.list',
  method: 'GET',
  path: '/directories',
  effect: 'read',
  summary: 'List the directories that are read live',
  roles: readers,
  input: z.strictObject(paging),
  output: pageOf(directory),
})

export const connect = endpoint({
  name: 'directories.connect',
  method: 'POST',
  path: '/directories',
  effect: 'change',
  summary: 'Connect a directory that is read live',
  roles: officers,
  input: z.strictObject({
    name: line(),
    url: settings.url,
    bindDn: settings.bindDn.default(null),
    password: secret.nullable().default(null),
    base: settings.base.default(null),
    filter: settings.filter.default(null),
    startTls: settings.startTls.default(false),
    ca: settings.ca.default(null),
    system: settings.system.default(null),
    cron: settings.cron.default(null),
    isOn: settings.isOn.default(true),
  }),
  output: directory,
})

export const change = endpoint({
  name: 'directories.change',
  method: 'PATCH',
  path: '/directories/{directoryId}',
  effect: 'change',
  summary: 'Change how a directory is read; what is not said stays, the password too',
  roles: officers,
  input: z.strictObject({
    directoryId: id,
    name: line().exactOptional(),
    url: settings.url.exactOptional(),
    bindDn: settings.bindDn.exactOptional(),
    password: secret.nullable().exactOptional(),
    base: settings.base.exactOptional(),
    filter: settings.filter.exactOptional(),
    startTls: settings.startTls.exactOptional(),
    ca: settings.ca.exactOptional(),
    system: settings.system.exactOptional(),
    cron: settings.cron.exactOptional(),
    isOn: settings.isOn.exactOptional(),
  }),
  output: directory,
})

export const remove = endpoint({
  name: 'directories.remove',
  method: 'DELETE',
  path: '/directories/{directoryId}',
  effect: 'change',
  summary: 'Disconnect a directory; what it said stays until it lapses',
  roles: officers,
  input: z.strictObject({ directoryId: id }),
  output: nothing,
})

export const read = endpoint({
  name: 'directories.read',
  method: 'POST',
  path: '/directories/{directoryId}/read',
  effect: 'change',
  summary: 'Read a directory now',
  roles: [...officers, 'api-client'],
  input: z.strictObject({ directoryId: id }),
  output: z.object({ jobId: id }),
})

/** A change, since it acts outside; nothing of it is stored. */
export const test = endpoint({
  name: 'directories.test',
  method: 'POST',
  path: '/directories/{directoryId}/test',
  effect: 'change',
  summary: 'Try the connection to a directory by reading a few entries',
  roles: officers,
  input: z.strictObject({ directoryId: id }),
  output: z.object({
    product: z.string().nullable(),
    entries: z.int(),
    /** The fields that the entries told something of. */
    fields: z.array(z.string()),
    /** What the directory kept back, in words. */
    warnings: z.array(z.string()),
  }),
})
