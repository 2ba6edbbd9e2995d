/** What changes a sign-in asks for one that is fresh; here that is said before anybody fills in a form in vain. */
import { Button } from '@mantine/core'
import { call, workFor } from '#ui/call.ts'
import { useRead } from '#ui/data.ts'
import { useMinute } from '#ui/facts.tsx'
import { Note } from '#ui/say.tsx'
import { listSessions, signOut } from '../contract.ts'
import { freshMs } from '../model/rules.ts'
import './sign-in.css'
import { rich } from '#ui/rich.tsx'
import { t } from '#ui/t.ts'

/** Whether this session may still change how its person signs in; undefined until that is known. */
export function useIsFresh(): boolean | undefined {
  const { data } = useRead(listSessions, {})
  const now = useMinute()
  const here = data?.sessions.find(({ isThis }) => isThis)
  return here && now.getTime() - Date.parse(here.createdAt) <= freshMs
}

export function SignInAgain() {
  const leave = async () => {
    await call(signOut, {}).catch(() => undefined)
    workFor(undefined)
    // Loads the page anew, so that nothing of the session before is left in it.
    window.location.assign('/sign-in?to=%2Fsettings%2Fsign-in')
  }
  return (
    <Note>
      <div className="sign-in-again">
        <p>
          {rich(
            '<b>To change anything here, sign in again.</b> You signed in a while ago, and somebody else might sit here now. Then you have a quarter of an hour.',
            { b: (words) => <b>{words}</b> },
          )}
        </p>
        <Button onClick={() => void leave()}>{t('Sign in again')}</Button>
      </div>
    </Note>
  )
}
