/** The people of a manager. What lists say of a person beyond that stays with those who run the programme. */
import { z } from 'zod'
import { endpoint, id, pageOf, paging } from '#platform/contract.ts'

const report = z.object({
  personId: id,
  name: z.string().nullable(),
  title: z.string().nullable(),
  department: z.string().nullable(),
  /** Open findings about them, or about an account of theirs. */
  findings: z.int(),
})

export const listMyPeople = endpoint({
  name: 'people.mine',
  method: 'GET',
  path: '/people/mine',
  effect: 'read',
  summary: 'List the people who report to you, with what is open about them',
  roles: ['manager'],
  input: z.strictObject(paging),
  output: pageOf(report).extend({
    /** Why there is nobody: it is not known which person you are, or no staff list says that anybody reports to you. */
    whyNobody: z.enum(['no-person', 'no-reports']).nullable(),
  }),
})
