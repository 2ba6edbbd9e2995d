import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { fingerprintOf, type Signer, signCheckpoint, vkeyOf } from '#platform/transparency/checkpoint.ts'
import { Frontier, leafHash, rootOf } from '#platform/transparency/merkle.ts'
import { canonicalJson, makeEntry, payloadDigest } from './entry.ts'
import { type ExportedEntry, type ExportedPayload, exportLedger, maxLineLength } from './export.ts'
import { type BrokenExport, verifyExport } from './verify.ts'

function signerOf(seed: number, name: string): Signer {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)])
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32)
  return { name, publicKey, sign: (message) => sign(null, message, privateKey) }
}

const clinic = signerOf(1, 'vigil.clinic.example')
const clinicKey = vkeyOf(clinic.name, clinic.publicKey)
const stranger = signerOf(2, 'vigil.clinic.example')
const origin = 'vigil.clinic.example/organisation'

type Stored = ExportedEntry & { leafHash: Buffer }

function storedEntry(seq: number, payload: ExportedPayload['state'] = 'open', said = 'Zoë'): Stored {
  const salt = Buffer.alloc(16, seq)
  const json = canonicalJson({ note: `${said} imported file ${seq}`, rows: seq * 7 })
  const { line, leafHash } = makeEntry({
    seq,
    at: new Date(Date.UTC(2026, 0, 1) + seq * 61_007),
    actor: 'operator:root',
    action: 'intake.import',
    outcome: seq % 5 === 4 ? 'refused' : 'done',
    subjects: [`source:${seq % 3}`],
    digest: payloadDigest(salt, Buffer.from(json)),
  })
  return { line, leafHash, payload: payload === 'open' ? { state: 'open', salt, json } : { state: payload } }
}

const storedEntries = (count: number) =>
  Array.from({ length: count }, (_, seq) =>
    storedEntry(seq, seq % 4 === 2 ? 'sealed' : seq % 4 === 3 ? 'shredded' : 'open'),
  )

const rootAt = (entries: readonly Stored[], size: number) => rootOf(entries.slice(0, size).map((each) => each.leafHash))

function checkpointAt(entries: readonly Stored[], size: number, signer = clinic, log = origin): Promise<string> {
  return signCheckpoint({ origin: log, size, root: rootAt(entries, size) }, signer)
}

async function written(entries: readonly Stored[], checkpointSizes: readonly number[] = [], signer = clinic) {
  const head = { size: entries.length, root: rootAt(entries, entries.length) }
  const checkpoints: string[] = []
  for (const size of checkpointSizes) checkpoints.push(await checkpointAt(entries, size, signer))
  const batches = [entries.slice(0, 3), [], entries.slice(3)]
  const chunks: Buffer[] = []
  for await (const chunk of exportLedger({ origin, signer, head, entries: batches, checkpoints })) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const small = await written(storedEntries(6), [0, 2, 3, 6])
const large = await written(storedEntries(2345), [5, 1000, 1001, 1700])

interface Line {
  readonly bytes: Buffer
  readonly kind: string
  readonly entry: number | undefined
  /** The first entry that stands at or after this line. */
  readonly next: number | undefined
}

function linesOf(file: Buffer): Line[] {
  const lines: Line[] = []
  let seen = -1
  for (let start = 0; start < file.length; ) {
    const end = file.indexOf(0x0a, start) + 1
    const kind = file.toString('latin1', start, Math.min(end, start + 10)).split(/[ /]/)[0] ?? ''
    if (kind === 'entry') seen += 1
    const entry = ['entry', 'leaf', 'payload'].includes(kind) ? seen : undefined
    lines.push({ bytes: file.subarray(start, end), kind, entry, next: entry ?? seen + 1 })
    start = end
  }
  return lines
}

const smallLines = linesOf(small)
const largeLines = linesOf(large)
const partOf = (kind: string) => (kind === 'vigil-ledg' ? 'version' : kind)

async function breakageOf(file: Buffer | readonly Line[], what: string): Promise<BrokenExport> {
  const bytes = Buffer.isBuffer(file) ? file : Buffer.concat((file as readonly Line[]).map((line) => line.bytes))
  const result = await verifyExport([bytes])
  assert.equal(result.state, 'broken', what)
  if (result.state !== 'broken') throw new Error('unreachable')
  assert.ok(result.reason.endsWith('.') && !result.reason.includes('undefined'), result.reason)
  return result
}

/** Damage to a line of an entry names that entry; damage to another line names none, or the entry that it displaces. */
function assertNames(result: BrokenExport, line: Line, what: string): void {
  const allowed = line.entry === undefined ? [undefined, line.next] : [line.entry]
  assert.ok(allowed.includes(result.firstBad), `${what}: ${result.firstBad}, ${result.reason}`)
}

async function assertFlipIsFound(file: Buffer, lines: readonly Line[], at: number, bit: number): Promise<void> {
  let start = 0
  const line = lines.find((each) => {
    start += each.bytes.length
    return at < start
  })
  assert.ok(line)
  const flipped = Buffer.from(file)
  flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << bit), at)
  const what = `bit ${bit} of byte ${at}, in ${line.kind}`
  const result = await breakageOf(flipped, what)
  assert.equal(result.firstBad, line.entry, `${what}: ${result.reason}`)
  // A newline made or destroyed moves a boundary, so the neighbour may be the one that is found wrong; and of an
  // entry, its leaf hash and its payload, the one that is read first is taken at its word.
  const isMoved = file[at] === 0x0a || flipped[at] === 0x0a
  if (!isMoved && line.entry === undefined) assert.equal(result.part, partOf(line.kind), what)
}

test('an export has the lines of its format, and each entry has three', () => {
  const kinds = smallLines.map((line) => line.kind)
  const entries = Array.from({ length: 6 }, () => ['entry', 'leaf', 'payload']).flat()
  const before = ['vigil-ledg', 'key', 'origin', 'head', 'block', 'checkpoint', 'checkpoint', 'checkpoint']
  assert.deepEqual(kinds, [...before, ...entries, 'seal', 'end'])
  assert.equal(smallLines[4]?.bytes.toString(), 'block 0 6 3\n')
  assert.equal(smallLines.at(-1)?.bytes.toString(), 'end 6\n')
  assert.equal(largeLines.filter((line) => line.kind === 'seal').length, 3)
})

test('an export is intact when the given key signed it, however it is cut into chunks', async () => {
  for (const size of [1, 7, 4096, 1 << 20]) {
    const file = size < 100 ? small : large
    const chunks = Array.from({ length: Math.ceil(file.length / size) }, (_, i) =>
      file.subarray(i * size, (i + 1) * size),
    )
    const result = await verifyExport(chunks, { key: clinicKey })
    assert.ok(result.state === 'intact', JSON.stringify(result))
    assert.equal(result.entries, file === small ? 6 : 2345)
    const payloads = file === small ? { open: 4, sealed: 1, shredded: 1 } : { open: 1173, sealed: 586, shredded: 586 }
    assert.deepEqual(result.payloads, payloads)
    assert.equal(result.origin, origin)
    assert.equal(result.fingerprint, fingerprintOf(clinic.publicKey))
  }
})

test('without a key an export is only consistent, and the fingerprint is there to compare', async () => {
  const result = await verifyExport([small])
  assert.ok(result.state === 'unsigned-check')
  assert.equal(result.fingerprint, fingerprintOf(clinic.publicKey))
  const forged = await verifyExport([await written(storedEntries(6), [], stranger)])
  assert.ok(forged.state === 'unsigned-check')
  assert.notEqual(forged.fingerprint, result.fingerprint)
})

test('an export signed by another key than the given one is broken', async () => {
  const result = await verifyExport([await written(storedEntries(6), [], stranger)], { key: clinicKey })
  assert.ok(result.state === 'broken' && result.part === 'key')
  assert.ok(result.reason.includes(fingerprintOf(stranger.publicKey)))
  const wrongKey = await verifyExport([small], { key: 'no key' })
  assert.ok(wrongKey.state === 'broken' && wrongKey.part === 'given key')
})

test('logs of 0, 1, 999 to 1001 and 2000 entries are exported and verified', async () => {
  for (const count of [0, 1, 999, 1000, 1001, 2000]) {
    const result = await verifyExport([await written(storedEntries(count), [])], { key: clinicKey })
    assert.ok(result.state === 'intact' && result.entries === count, JSON.stringify(result))
  }
})

test('a flip of any byte of an export is found, and the entry or the part it lies in is named', async () => {
  for (let at = 0; at < small.length; at += 1) await assertFlipIsFound(small, smallLines, at, at % 8)
  for (let at = 0; at < small.length; at += 3) await assertFlipIsFound(small, smallLines, at, (at + 3) % 8)
})

test('a flip of any byte of a longer export is found, and the entry or the part it lies in is named', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(large.length - 1), fc.nat(7), (at, bit) => assertFlipIsFound(large, largeLines, at, bit)),
    { numRuns: 60 },
  )
})

test('an export cut at any byte is broken, and the first entry that is missing is named', async () => {
  let at = 0
  for (const line of smallLines) {
    for (let cut = 0; cut < line.bytes.length; cut += 1) {
      const result = await breakageOf(small.subarray(0, at + cut), `cut at ${at + cut}`)
      assert.equal(result.part, partOf(line.kind))
      const headIsRead = smallLines.indexOf(line) > 3
      const expected = headIsRead && line.next !== undefined && line.next < 6 ? line.next : undefined
      assert.equal(result.firstBad, expected, result.reason)
    }
    at += line.bytes.length
  }
})

test('a line taken out is found', async () => {
  for (const [i, line] of smallLines.entries()) {
    assertNames(await breakageOf(smallLines.toSpliced(i, 1), `without line ${i + 1}`), line, `without line ${i + 1}`)
  }
})

test('a line that stands twice is found', async () => {
  for (const [i, line] of smallLines.entries()) {
    const result = await breakageOf(smallLines.toSpliced(i, 0, line), `line ${i + 1} twice`)
    const after = smallLines[i + 1]?.next
    if (line.kind === 'payload') assert.equal(result.firstBad, (line.entry ?? 0) + 1)
    else assert.ok([line.entry, after].includes(result.firstBad), `line ${i + 1} twice: ${result.firstBad}`)
  }
})

test('two lines that changed places are found', async () => {
  for (const [i, one] of smallLines.entries()) {
    for (const [j, other] of smallLines.entries()) {
      if (j <= i || one.bytes.equals(other.bytes)) continue
      const what = `lines ${i + 1} and ${j + 1} swapped`
      const result = await breakageOf(smallLines.with(i, other).with(j, one), what)
      const isWord = (line: Line) => /^payload (sealed|shredded)\n/.test(line.bytes.toString())
      // Where nothing of a payload is opened only the seal can tell; an opened one is missed at its new place.
      if (one.kind === 'payload' && isWord(other)) {
        assert.equal(result.firstBad, isWord(one) ? undefined : other.entry, what)
        if (isWord(one)) assert.deepEqual(result.among, { from: 0, to: 6 })
      } else assertNames(result, one, what)
    }
  }
})

test('entries taken out, repeated or in another order are found at the first that is out of place', async () => {
  const place = (seq: number) => largeLines.findIndex((line) => line.entry === seq)
  const whole = (seq: number) => largeLines.slice(place(seq), place(seq) + 3)
  await fc.assert(
    fc.asyncProperty(fc.nat(2343), async (seq) => {
      const from = place(seq)
      const isLastOfBlock = seq === 999 || seq === 1999
      assert.equal(
        (await breakageOf(largeLines.toSpliced(from, 3), `without ${seq}`)).firstBad,
        isLastOfBlock ? undefined : seq,
      )
      assert.equal((await breakageOf(largeLines.toSpliced(from, 0, ...whole(seq)), `${seq} twice`)).firstBad, seq + 1)
      const exchanged = largeLines.toSpliced(place(seq + 1), 3, ...whole(seq)).toSpliced(from, 3, ...whole(seq + 1))
      assert.equal((await breakageOf(exchanged, `${seq} and its neighbour`)).firstBad, seq)
    }),
    { numRuns: 15 },
  )
})

test('an entry rewritten together with its leaf hash is found by the next signature, and the range is named', async () => {
  const forge = (lines: readonly Line[], seq: number) => {
    const at = lines.findIndex((line) => line.entry === seq)
    const { line, leafHash, payload } = storedEntry(seq, 'open', 'Somebody else')
    assert.ok(payload.state === 'open')
    const texts = [
      `entry ${line}\n`,
      `leaf ${leafHash.toString('base64')}\n`,
      `payload ${Buffer.from(payload.salt).toString('base64')} ${payload.json}\n`,
    ]
    const forged = texts.map((text): Line => ({ bytes: Buffer.from(text), kind: 'forged', entry: seq, next: seq }))
    return lines.toSpliced(at, 3, ...forged)
  }
  for (const [seq, among] of [
    [3, { from: 0, to: 5 }],
    [7, { from: 5, to: 1000 }],
    [1000, { from: 1000, to: 1001 }],
    [1500, { from: 1001, to: 1700 }],
    [1999, { from: 1700, to: 2000 }],
    [2344, { from: 2000, to: 2345 }],
  ] as const) {
    const result = await breakageOf(forge(largeLines, seq), `entry ${seq} forged`)
    assert.deepEqual(result.among, among)
    assert.equal(result.firstBad, seq === 1000 ? 1000 : undefined)
    assert.match(result.reason, /rewritten together with its leaf hash/)
  }
})

test('a payload withheld, though the export had it open, is found by the seal', async () => {
  const at = largeLines.findIndex((line) => line.entry === 1200) + 2
  const withheld = { bytes: Buffer.from('payload sealed\n'), kind: 'payload', entry: 1200, next: 1200 }
  const result = await breakageOf(largeLines.with(at, withheld), 'withheld')
  assert.equal(result.part, 'seal')
  assert.deepEqual(result.among, { from: 1000, to: 2000 })
})

test('nothing may follow the end, nor may line endings be others', async () => {
  for (const more of ['\n', ' ', 'end 6\n', '\0']) {
    const result = await breakageOf(Buffer.concat([small, Buffer.from(more)]), JSON.stringify(more))
    assert.equal(result.part, 'after the end')
  }
  await breakageOf(Buffer.from(small.toString('latin1').replaceAll('\n', '\r\n'), 'latin1'), 'CRLF')
  await breakageOf(Buffer.concat([Buffer.from('\ufeff'), small]), 'byte order mark')
  await breakageOf(Buffer.concat([small, small]), 'twice')
})

test('a kept checkpoint shows that the log was neither shortened nor rewritten since', async () => {
  const entries = storedEntries(2345)
  for (const size of [0, 1, 999, 1000, 1234, 2345]) {
    const atLeast = await checkpointAt(entries, size)
    assert.equal((await verifyExport([large], { key: clinicKey, atLeast })).state, 'intact', `${size}`)
    assert.equal((await verifyExport([large], { atLeast })).state, 'unsigned-check')
  }
  const longer = storedEntries(2350)
  const shortened = await verifyExport([large], { key: clinicKey, atLeast: await checkpointAt(longer, 2350) })
  assert.ok(shortened.state === 'broken' && shortened.firstBad === 2345)
  assert.match(shortened.reason, /shortened: it had 2350 entries .* has 2345/)

  // The holder of the key can rewrite the log and sign it anew; only what others kept gives it away.
  const rewritten = await written(entries.with(40, storedEntry(40, 'open', 'Somebody else')), [])
  assert.equal((await verifyExport([rewritten], { key: clinicKey })).state, 'intact')
  const found = await verifyExport([rewritten], { key: clinicKey, atLeast: await checkpointAt(entries, 41) })
  assert.ok(found.state === 'broken')
  assert.deepEqual(found.among, { from: 0, to: 41 })
  assert.match(found.reason, /rewritten/)
})

test('the checkpoint that a verification returns can be kept for the next one', async () => {
  const first = await verifyExport([small], { key: clinicKey })
  assert.ok(first.state === 'intact')
  const later = await written(storedEntries(9), [])
  assert.equal((await verifyExport([later], { key: clinicKey, atLeast: first.checkpoint })).state, 'intact')
})

test('a kept checkpoint of another key, another log or no meaning does not count', async () => {
  const entries = storedEntries(6)
  for (const atLeast of [
    '',
    'noise',
    await checkpointAt(entries, 3, stranger),
    await checkpointAt(entries, 3, clinic, 'other'),
  ]) {
    const result = await verifyExport([small], { key: clinicKey, atLeast })
    assert.ok(result.state === 'broken' && result.part === 'kept checkpoint', JSON.stringify(result))
  }
})

test('bytes that are no export end in an answer, and an endless line does not fill the memory', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 }), async (chunks) => {
      assert.equal((await verifyExport(chunks)).state, 'broken')
    }),
  )
  let given = 0
  function* endless() {
    for (const chunk = Buffer.alloc(1 << 20, 0x61); ; given += 1) yield chunk
  }
  const result = await verifyExport(endless())
  assert.ok(result.state === 'broken')
  assert.ok(given <= maxLineLength / (1 << 20) + 1)
})

test('a store that contradicts itself is not exported', async () => {
  const entries = storedEntries(6)
  const head = { size: 6, root: rootAt(entries, 6) }
  const attempt = async (change: Partial<Parameters<typeof exportLedger>[0]>) => {
    const chunks: Buffer[] = []
    const input = { origin, signer: clinic, head, entries: [entries], ...change }
    for await (const chunk of exportLedger(input)) chunks.push(chunk)
  }
  await attempt({})
  await assert.rejects(attempt({ entries: [entries.slice(0, 5)] }), RangeError)
  await assert.rejects(attempt({ entries: [[...entries, storedEntry(6)]] }), RangeError)
  await assert.rejects(attempt({ entries: [entries.toSpliced(2, 1)] }), RangeError)
  await assert.rejects(attempt({ entries: [entries.with(2, storedEntry(2, 'open', 'Somebody else'))] }), RangeError)
  const json = canonicalJson({ other: true })
  const swapped = { ...storedEntry(0), payload: { state: 'open' as const, salt: Buffer.alloc(16), json } }
  await assert.rejects(attempt({ entries: [entries.with(0, swapped)] }), RangeError)
  await assert.rejects(attempt({ checkpoints: [await checkpointAt(entries, 3, stranger)] }), RangeError)
  const [three, two] = [await checkpointAt(entries, 3), await checkpointAt(entries, 2)]
  await assert.rejects(attempt({ checkpoints: [three, two] }), RangeError)
  const wrong = await signCheckpoint({ origin, size: 3, root: leafHash(Buffer.from('x')) }, clinic)
  await assert.rejects(attempt({ checkpoints: [wrong] }), RangeError)
})

test('a frontier that the store kept gives the head of the export', async () => {
  const entries = storedEntries(10)
  const frontier = Frontier.empty()
  for (const { leafHash } of entries) frontier.append(leafHash)
  assert.deepEqual(Frontier.fromBuffer(frontier.toBuffer()).root(), rootAt(entries, 10))
})
