import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A small server with CalDAV for one person, and a feed: as much as hosts connect. */
export interface Calendars {
  /** What people type. */
  dav: string;
  feed: string;
  /** What was put into the calendar Work, by name. */
  work: Map<string, string>;
  /** What is answered for the feed from now on. */
  feedStatus: number;
  close(): void;
}

export const LOGIN = { user: 'ada', password: 'abcd-efgh' };

const PRINCIPAL = '/dav/principals/ada/';
const HOME = '/dav/calendars/ada/';
const CALENDARS = {
  work: { name: 'Work', color: '#0b7285', privilege: '<d:privilege><d:all/></d:privilege>' },
  holidays: { name: 'Holidays', color: '#e67700', privilege: '<d:privilege><d:read/></d:privilege>' },
};

const utc = (time: Date) => time.toISOString().replace(/[-:]|\.\d+/g, '');

/** An event as iCalendar. */
export function event(uid: string, summary: string, start: Date, hours = 1): string {
  const end = new Date(start.getTime() + hours * 3_600_000);
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Test//EN', 'X-WR-CALNAME:Rota', 'BEGIN:VEVENT', `UID:${uid}`, `DTSTAMP:${utc(start)}`, `DTSTART:${utc(start)}`, `DTEND:${utc(end)}`, `SUMMARY:${summary}`, 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n');
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += String(part);
  return text;
}

function multiStatus(answer: ServerResponse, entries: { href: string; props: string }[]): void {
  const responses = entries.map(({ href, props }) => `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`);
  answer.writeHead(207, { 'content-type': 'application/xml; charset=utf-8' });
  answer.end(`<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:a="http://apple.com/ns/ical/">${responses.join('')}</d:multistatus>`);
}

export async function startCalendars(appointment: Date): Promise<Calendars> {
  const work = new Map([['dentist.ics', event('dentist', 'Dentist', appointment)]]);
  let version = 1;
  const tags = new Map<string, number>();
  const tag = (name: string) => `"${tags.get(name) ?? 0}"`;
  const allowed = `Basic ${Buffer.from(`${LOGIN.user}:${LOGIN.password}`).toString('base64')}`;
  const calendars: Calendars = { dav: '', feed: '', work, feedStatus: 200, close: () => server.close() };

  const dav = async (request: IncomingMessage, answer: ServerResponse, path: string) => {
    if (request.headers.authorization !== allowed) return answer.writeHead(401, { 'www-authenticate': 'Basic realm="dav"' }).end();
    const asked = await bodyOf(request);
    const [, kind = '', name = ''] = new RegExp(`^${HOME}(\\w+)/(.*)$`).exec(path) ?? [];
    if (kind === '') {
      const own = { href: path, props: `<d:resourcetype><d:collection/></d:resourcetype><d:current-user-principal><d:href>${PRINCIPAL}</d:href></d:current-user-principal><c:calendar-home-set><d:href>${HOME}</d:href></c:calendar-home-set>` };
      const children = Object.entries(CALENDARS).map(([id, calendar]) => ({
        href: `${HOME}${id}/`,
        props: `<d:resourcetype><d:collection/><c:calendar/></d:resourcetype><d:displayname>${calendar.name}</d:displayname><a:calendar-color>${calendar.color}ff</a:calendar-color><d:current-user-privilege-set>${calendar.privilege}</d:current-user-privilege-set>`,
      }));
      return multiStatus(answer, request.headers.depth === '1' ? [{ ...own, href: HOME }, ...children] : [own]);
    }
    const objects = kind === 'work' ? work : new Map<string, string>();
    const href = (one: string) => `${HOME}${kind}/${one}`;
    const described = (one: string, whole: boolean) => ({ href: href(one), props: `<d:getetag>${escaped(tag(one))}</d:getetag>${whole ? `<c:calendar-data>${escaped(objects.get(one)!)}</c:calendar-data>` : ''}` });
    switch (request.method) {
      case 'PROPFIND':
        return multiStatus(answer, name && objects.has(name) ? [described(name, false)] : [{ href: path, props: '<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>' }]);
      case 'REPORT': {
        const wanted = [...asked.matchAll(/<d:href>([^<]+)<\/d:href>/g)].map((match) => match[1]!.split('/').at(-1)!);
        const multiGet = asked.includes('calendar-multiget');
        // By its UID, or whatever is there: who asks looks at the times.
        const [, uid] = /<c:text-match[^>]*>([^<]+)</.exec(asked) ?? [];
        const found = [...objects.keys()].filter((one) => (multiGet ? wanted.includes(one) : uid === undefined || objects.get(one)!.includes(uid)));
        return multiStatus(answer, found.map((one) => described(one, multiGet || asked.includes('calendar-data'))));
      }
      case 'GET':
        return objects.has(name) ? answer.writeHead(200, { etag: tag(name), 'content-type': 'text/calendar' }).end(objects.get(name)) : answer.writeHead(404).end();
      case 'PUT':
        if (request.headers['if-none-match'] === '*' && objects.has(name)) return answer.writeHead(412).end();
        objects.set(name, asked);
        tags.set(name, (version += 1));
        return answer.writeHead(201, { etag: tag(name) }).end();
      case 'DELETE':
        return answer.writeHead(objects.delete(name) ? 204 : 404).end();
      default:
        return answer.writeHead(405).end();
    }
  };

  const server = createServer((request, answer) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    if (path.startsWith('/feed')) {
      if (calendars.feedStatus === 200) answer.writeHead(200, { 'content-type': 'text/calendar' }).end(event('rota', 'On duty', new Date(appointment.getTime() + 7_200_000)));
      else answer.writeHead(calendars.feedStatus).end('gone fishing');
    } else if (path.startsWith('/dav/')) void dav(request, answer, path);
    else answer.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(calendars, { dav: `${base}/dav/`, feed: `${base}/feed/rota.ics` });
}
