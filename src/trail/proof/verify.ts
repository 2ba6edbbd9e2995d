/**
 * Checks a proof of the trail without its server: with the proof, and the key that signs the trail's checkpoints.
 *
 * What it shows: the log had the given size and root when it was signed; the manifests are lines of it and cover it from its first
 * line to `coversTo` without a gap, and each line behind is one of a manifest; in each manifest the patient's key has so many
 * accesses, or none; and, with the openings, which they are, word for word. A line may stand in the place of a manifest that says
 * that those lines were destroyed with their months: of them nothing is shown, and the check tells which they are.
 *
 * What it cannot show: that a manifest leaves nobody's accesses out, which is seen by who may read the log (`vigil trail verify`),
 * and that the organisation keeps no second key for the same patient.
 */
import { z } from 'zod'
import { parseCheckpoint, verifyCheckpoint } from '#platform/transparency/checkpoint.ts'
import { leafHash, verifyInclusion } from '#platform/transparency/merkle.ts'
import { readAccess } from '../model/access.ts'
import {
  digestOf,
  isManifest,
  leafBytes,
  type ManifestLine,
  placeBytes,
  type Range,
  readManifestLine,
} from './manifest.ts'

export const proofVersion = 'vigil-trail-proof/1'

const hexText = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`))
const hash = hexText(32)
const count = z.int().nonnegative()
const path = z.array(hash).max(64)

const shownEntry = z.strictObject({ index: count, key: hash, count, digest: hash, path })
const provedEntry = z.strictObject({
  entry: shownEntry.optional(),
  before: shownEntry.optional(),
  after: shownEntry.optional(),
})
export type ProvedEntry = z.infer<typeof provedEntry>

const shownLine = z.strictObject({ seq: count, salt: hexText(16), line: z.string().max(1000), inclusion: path })
export type ShownLine = z.infer<typeof shownLine>

const provedManifest = z.strictObject({
  ...shownLine.shape,
  /** One a key, in the order of the keys; none where the line says that what it covers was destroyed. */
  entries: z.array(provedEntry),
})
export type ProvedManifest = z.infer<typeof provedManifest>

const trailProof = z.strictObject({
  version: z.literal(proofVersion),
  checkpoint: z.string().max(10_000),
  /** What stands for each of the patient's identifiers in the manifests. */
  keys: z.array(hash).min(1).max(100),
  coversTo: count,
  manifests: z.array(provedManifest),
  /** The lines from `coversTo` on, to the size of the log, that are not among the manifests above. */
  behind: z.array(shownLine),
  openings: z.array(z.strictObject({ seq: count, line: z.string(), salt: hexText(16) })).optional(),
})
export type TrailProof = z.infer<typeof trailProof>

export type ProofCheck =
  | {
      readonly isValid: true
      readonly size: number
      readonly coversTo: number
      readonly accesses: number
      /** Lines that were destroyed with their months, [from, to): of those nothing is shown. */
      readonly destroyed: readonly Range[]
      /** Whether the accesses themselves were given and are those that the manifests bind. */
      readonly isOpened: boolean
      /** Whether the checkpoint is signed by the key that was given. */
      readonly isSigned: boolean
    }
  | { readonly isValid: false; readonly problem: string }

const broken = (problem: string): ProofCheck => ({ isValid: false, problem })

/** Checks a proof; `vkey` is the key of the trail in the form of signed-note. Without it the signer is not checked. */
export function verifyProof(proof: unknown, vkey?: string): ProofCheck {
  const parsed = trailProof.safeParse(proof)
  if (!parsed.success) return broken('This is no proof of a trail, or it is damaged.')
  const { checkpoint, keys, coversTo, manifests, behind, openings } = parsed.data
  const read = vkey === undefined ? parseCheckpoint(checkpoint) : verifyCheckpoint(checkpoint, vkey)
  if (!read.ok) return broken(`The checkpoint does not hold: ${read.reason}`)
  const { size, root } = read.value
  // Else its accesses would count twice.
  if (new Set(keys).size !== keys.length) return broken('A key of the patient is given twice.')
  const sequences = new Map<number, string>()
  const expected = keys.map(() => ({
    count: 0,
    digests: [] as { from: number; to: number; count: number; digest: string }[],
  }))
  const isIn = ({ seq, salt, line, inclusion }: ShownLine) => {
    const leaf = leafHash(Buffer.concat([Buffer.from(salt, 'hex'), Buffer.from(line)]))
    return verifyInclusion({ leafHash: leaf, index: seq, size, root, proof: bytes(inclusion) })
  }
  const destroyed: Range[] = []
  let next = 0
  for (const [index, manifest] of manifests.entries()) {
    const named = `manifest ${index + 1}`
    const line = readManifestLine(manifest.line)
    if (!line) return broken(`The line of ${named} cannot be read.`)
    if (line.from !== next || line.to <= line.from)
      return broken(`There is a gap before ${named}, at line ${next} of the log.`)
    if (line.to > manifest.seq) return broken(`The line of ${named} speaks of lines that came after it.`)
    next = line.to
    if (!isIn(manifest)) return broken(`The line of ${named} is not in the log that the checkpoint signs.`)
    if (!isManifest(line)) {
      if (manifest.entries.length > 0) return broken(`The entries of ${named} are of lines that were destroyed.`)
      destroyed.push({ from: line.from, to: line.to })
      continue
    }
    if (manifest.entries.length !== keys.length) return broken(`The entries of ${named} do not fit the keys.`)
    for (const [place, key] of keys.entries()) {
      const entry = manifest.entries[place] ?? {}
      const problem = checkEntry(entry, key, line)
      if (problem) return broken(`In ${named}: ${problem}`)
      const sum = expected[place]
      if (!entry.entry || !sum) continue
      sum.count += entry.entry.count
      sum.digests.push({ from: line.from, to: line.to, count: entry.entry.count, digest: entry.entry.digest })
    }
  }
  if (next !== coversTo || coversTo > size)
    return broken('The manifests do not cover the log as far as the proof says.')
  const shown = new Set([...manifests, ...behind].map(({ seq }) => seq))
  for (const { seq, line } of behind) {
    if (readManifestLine(line)) continue
    return broken(`Line ${seq} of the log, which no manifest covers, is not that of a manifest.`)
  }
  if (!behind.every(isIn)) return broken('A line behind those covered is not in the log that the checkpoint signs.')
  for (let seq = coversTo; seq < size; seq += 1) {
    if (!shown.has(seq)) return broken(`The proof leaves out line ${seq} of the log, which no manifest covers.`)
  }
  const accesses = expected.reduce((sum, { count }) => sum + count, 0)
  if (openings) {
    for (const opening of openings) {
      if (sequences.has(opening.seq)) return broken('An access is given twice.')
      sequences.set(opening.seq, opening.line)
    }
    const problem = checkOpenings(openings, expected, accesses)
    if (problem) return broken(problem)
  }
  const [isOpened, isSigned] = [openings !== undefined, vkey !== undefined]
  return { isValid: true, size, coversTo, accesses, destroyed, isOpened, isSigned }
}

/** What is wrong with what is shown of a key in one manifest. */
function checkEntry(shown: ProvedEntry, key: string, line: ManifestLine): string | undefined {
  const isIn = (entry: z.infer<typeof shownEntry>) =>
    verifyInclusion({
      leafHash: leafHash(
        leafBytes({ key: Buffer.from(entry.key, 'hex'), count: entry.count, digest: Buffer.from(entry.digest, 'hex') }),
      ),
      index: entry.index,
      size: line.patients,
      root: Buffer.from(line.root, 'hex'),
      proof: bytes(entry.path),
    })
  if (shown.entry) {
    if (shown.entry.key !== key) return 'the entry is another patient’s.'
    return isIn(shown.entry) ? undefined : 'the entry is not in it.'
  }
  const { before, after } = shown
  if (line.patients === 0) return before || after ? 'it has no entries.' : undefined
  if (before && !(before.key < key && isIn(before))) return 'the neighbour before does not stand there.'
  if (after && !(after.key > key && isIn(after))) return 'the neighbour after does not stand there.'
  if ((before?.index ?? -1) + 1 !== (after?.index ?? line.patients)) return 'the neighbours are not next to each other.'
  return undefined
}

interface Expected {
  readonly count: number
  readonly digests: readonly {
    readonly from: number
    readonly to: number
    readonly count: number
    readonly digest: string
  }[]
}

/** What is wrong with the accesses that are given in full. */
function checkOpenings(
  openings: NonNullable<TrailProof['openings']>,
  expected: readonly Expected[],
  accesses: number,
): string | undefined {
  if (openings.length !== accesses) return `The log holds ${accesses} accesses, ${openings.length} are given.`
  const sorted = openings
    .map(({ seq, line, salt }) => ({
      seq,
      patient: readAccess(line)?.patient,
      hash: leafHash(Buffer.concat([Buffer.from(salt, 'hex'), Buffer.from(line)])),
    }))
    .sort((a, b) => a.seq - b.seq)
  // Each identifier of the patient has an order of its own; which is whose is told by the lines.
  const patients = [...new Set(sorted.map(({ patient }) => patient))]
  const digests = new Set<string>()
  for (const patient of patients) {
    if (patient === undefined || patient === '') return 'A line that is given is no access to a patient’s record.'
    for (const { from, to } of expected.flatMap((one) => one.digests)) {
      const own = sorted.filter((one) => one.patient === patient && one.seq >= from && one.seq < to)
      digests.add(
        `${from} ${own.length} ${digestOf(Buffer.concat(own.map((one) => placeBytes(one.seq, one.hash)))).toString('hex')}`,
      )
    }
  }
  for (const { from, count: wanted, digest } of expected.flatMap((one) => one.digests)) {
    if (!digests.has(`${from} ${wanted} ${digest}`)) {
      return `The accesses given from line ${from} of the log on are not those that its manifest binds.`
    }
  }
  return undefined
}

const bytes = (texts: readonly string[]) => texts.map((text) => Buffer.from(text, 'hex'))
