import { useMutation } from '@tanstack/react-query';
import { calendarActions } from '~/api/calendars';
import type { BeginCalendarSignIn } from '~/api/schema';
import { toast } from '~/components';

/** Leads to the page of a service at which somebody signs in. They come back to the calendars of the host. */
export function useSignIn(host: string) {
  return useMutation({
    mutationFn: (wish: Pick<BeginCalendarSignIn, 'kind' | 'connection_id'>) => calendarActions.signIn(host, { ...wish, return_to: `/app/bookings/hosts/${host}` }),
    onError: toast.failed,
    onSuccess: ({ url }) => location.assign(url),
  });
}
