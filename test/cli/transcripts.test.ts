import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { requireProgram } from '../support/servers.ts'
import { slapdProgram } from '../support/slapd.ts'
import { readTranscript, runTranscript } from './transcript.ts'

const programs = new Map([
  ['slapd', slapdProgram],
  ['script', await requireProgram({ name: 'script', apt: ['bsdutils'] })],
])

describe('on the command line', { concurrency: 2 }, () => {
  for (const name of readdirSync(import.meta.dirname).filter((name) => name.endsWith('.txt'))) {
    const transcript = readTranscript(readFileSync(join(import.meta.dirname, name), 'utf8'))
    const skip = transcript.needs.map((need) => programs.get(need)?.skip ?? false).find((reason) => reason !== false)
    test(transcript.title, { skip: skip ?? false }, () => runTranscript(transcript))
  }
})
