// To make one takes a browser much longer than to use it, and a calendar asks for hundreds of times.
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  clocks.set(timeZone, made);
  return made;
}

/** What a clock in a time zone shows, as an `<input type="datetime-local">` has it: `2026-05-04T09:30`. */
export function toZoned(time: Date, timeZone: string): string {
  const parts = clockOf(timeZone).formatToParts(time);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '00';
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`;
}

/** The other way. A time that the clock skips becomes the one that it jumps to; of one it shows twice, the first. */
export function fromZoned(local: string, timeZone: string): Date | null {
  const wanted = Date.parse(`${local}Z`);
  if (Number.isNaN(wanted)) return null;
  const offset = (at: number) => Date.parse(`${toZoned(new Date(at), timeZone)}Z`) - Math.floor(at / 60_000) * 60_000;
  const day = 86_400_000;
  const candidates = [offset(wanted - day), offset(wanted + day)].map((one) => wanted - one).sort((a, b) => a - b);
  const exact = candidates.find((at) => toZoned(new Date(at), timeZone) === local.slice(0, 16));
  return new Date(exact ?? candidates[candidates.length - 1]!);
}
