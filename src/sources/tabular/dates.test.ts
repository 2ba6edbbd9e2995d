import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { countOrders, type DateOrder, decideOrder, parseDate } from './dates.ts'

function instantOf(text: string, order: DateOrder = 'mdy'): string {
  const read = parseDate(text, order)
  return typeof read === 'object' ? new Date(read.at).toISOString() : String(read)
}

describe('dates as they are written', () => {
  const cases: [string, string][] = [
    ['2026-11-03', '2026-11-03T00:00:00.000Z'],
    ['2026-11-03T14:05:06Z', '2026-11-03T14:05:06.000Z'],
    ['2026-11-03T14:05:06.1234567Z', '2026-11-03T14:05:06.123Z'],
    ['2026-11-03T14:05:06-05:00', '2026-11-03T19:05:06.000Z'],
    ['2026-11-03 14:05:06 +0100', '2026-11-03T13:05:06.000Z'],
    ['2026/11/03 14:05', '2026-11-03T14:05:00.000Z'],
    ['11/3/2026', '2026-11-03T00:00:00.000Z'],
    ['11/3/26', '2026-11-03T00:00:00.000Z'],
    ['11/3/98', '1998-11-03T00:00:00.000Z'],
    ['11/3/2026 2:05:06 PM', '2026-11-03T14:05:06.000Z'],
    ['11/3/2026, 2:05 p.m.', '2026-11-03T14:05:00.000Z'],
    ['11/3/2026 14:05 PM', '2026-11-03T14:05:00.000Z'],
    ['11/3/2026 0:05 PM', 'undefined'],
    ['11/3/2026 12:00 AM', '2026-11-03T00:00:00.000Z'],
    ['11/3/2026 2:05 PM EST', '2026-11-03T19:05:00.000Z'],
    ['11-03-2026', '2026-11-03T00:00:00.000Z'],
    ['3-Nov-2026', '2026-11-03T00:00:00.000Z'],
    ['03-NOV-26', '2026-11-03T00:00:00.000Z'],
    ['3 November 2026', '2026-11-03T00:00:00.000Z'],
    ['Nov 3, 2026', '2026-11-03T00:00:00.000Z'],
    ['November 3rd, 2026 at 2:05 PM', '2026-11-03T14:05:00.000Z'],
    ['Tuesday, November 3, 2026 2:05:06 PM', '2026-11-03T14:05:06.000Z'],
    ['Tue Nov 03 2026 14:05:06 GMT+0000 (Coordinated Universal Time)', '2026-11-03T14:05:06.000Z'],
    ['Tue Nov  3 14:05:06 UTC 2026', '2026-11-03T14:05:06.000Z'],
    ['Tue, 03 Nov 2026 14:05:06 GMT', '2026-11-03T14:05:06.000Z'],
    ['20261103', '2026-11-03T00:00:00.000Z'],
    ['20261103140506.0Z', '2026-11-03T14:05:06.000Z'],
    ['1793714706', '2026-11-03T14:05:06.000Z'],
    ['1793714706000', '2026-11-03T14:05:06.000Z'],
    ['134381883060000000', '2026-11-03T14:05:06.000Z'],
    ['46329', '2026-11-03T00:00:00.000Z'],
    ['46329.5', '2026-11-03T12:00:00.000Z'],
    ['Never', 'never'],
    ['Never logged in', 'never'],
    ['0', 'never'],
    ['9223372036854775807', 'never'],
    ['1/1/1601 12:00:00 AM', 'never'],
    ['12/31/9999', 'none'],
    ['0001-01-01T00:00:00', 'none'],
    ['00/00/0000', 'none'],
    ['1/1/1900', 'none'],
    ['N/A', 'none'],
    ['2/31/2026', 'undefined'],
    ['2/29/2026', 'undefined'],
    ['13/13/2026', 'undefined'],
    ['11/3/1899', 'undefined'],
    ['11/3/2101', 'undefined'],
    ['11/3/2026 25:00', 'undefined'],
    ['2026', 'undefined'],
    ['3 days ago', 'undefined'],
    ['soon', 'undefined'],
  ]
  for (const [text, expected] of cases) test(`"${text}" is ${expected}`, () => assert.equal(instantOf(text), expected))

  test('the day is the one written, whatever the zone', () => {
    const read = parseDate('2026-11-03T23:30:00-05:00', 'mdy')
    assert.equal(typeof read === 'object' && read.day, '2026-11-03')
  })
})

const day = fc.date({ min: new Date('1970-01-02'), max: new Date('2099-12-30'), noInvalidDate: true })
const parts = (date: Date) => [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()] as const
const writers: [string, DateOrder, (date: Date) => string][] = [
  ['month first', 'mdy', (date) => `${parts(date)[1]}/${parts(date)[2]}/${parts(date)[0]}`],
  ['day first', 'dmy', (date) => `${parts(date)[2]}/${parts(date)[1]}/${parts(date)[0]}`],
  ['day first with dots', 'dmy', (date) => `${parts(date)[2]}.${parts(date)[1]}.${parts(date)[0]}`],
]

test('every day is read back in every way of writing it', () => {
  for (const [, order, write] of writers) {
    fc.assert(
      fc.property(day, (date) =>
        assert.equal(instantOf(write(date), order).slice(0, 10), date.toISOString().slice(0, 10)),
      ),
    )
  }
  fc.assert(
    fc.property(day, (date) => date.getTime() === 0 || assert.equal(instantOf(date.toISOString()), date.toISOString())),
  )
})

for (const [name, order, write] of writers) {
  test(`a column written ${name} is told by one day after the twelfth`, () => {
    fc.assert(
      fc.property(fc.array(day, { minLength: 1 }), fc.integer({ min: 13, max: 28 }), (dates, telling) => {
        const values = [...dates, new Date(Date.UTC(2020, 4, telling))].map(write)
        const votes = countOrders(values, false, Date.now())
        assert.equal(decideOrder(votes, [votes]), order)
      }),
    )
  })
}

test('dates that could be either are taken so that none lies in the future', () => {
  const votes = countOrders(['05/11/2026', '10/11/2026'], true, Date.parse('2026-11-21'))
  assert.equal(decideOrder(votes, [votes]), 'mdy')
  const late = countOrders(['05/12/2026'], true, Date.parse('2026-06-21'))
  assert.equal(decideOrder(late, [late]), 'mdy')
  const future = countOrders(['12/05/2026'], true, Date.parse('2026-06-21'))
  assert.equal(decideOrder(future, [future]), 'dmy')
})

test('no text makes the reading of a date fail', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom<DateOrder>('mdy', 'dmy'), (text, order) => void parseDate(text, order)),
  )
})
