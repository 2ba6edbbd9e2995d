/** People: everybody for those who run or audit the programme, their own for managers. */
import { useMay } from '#ui/viewer.tsx'
import { listPeople } from '../contract.ts'
import { Everybody } from './everybody.tsx'
import { MyPeople } from './my-people.tsx'

export function PeopleScreen() {
  return useMay()(listPeople) ? <Everybody /> : <MyPeople />
}
