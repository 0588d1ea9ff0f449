import { isProblem } from '~/api/problem';

/** Puts what the server says about fields at the fields of a form. */
export function applyFaults(error: unknown, form: { setErrors(errors: Record<string, string>): void }): void {
  if (isProblem(error)) form.setErrors(error.faults);
}
