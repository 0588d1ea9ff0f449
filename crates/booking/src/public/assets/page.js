/* Makes booking pages smoother. Everything works without it: what is here only saves a page load, knows the visitor's
   time zone, keeps the chosen time while the form is filled in, and talks to the page around a frame. */
(() => {
  const zone = () => {
    try { return Intl.DateTimeFormat().resolvedOptions().timeZone; } catch { return null; }
  };
  const { around } = document.documentElement.dataset;
  const say = (type, data) => {
    if (around && parent !== window) parent.postMessage({ sendero: 1, type, data: data || {} }, around);
  };
  const main = () => document.querySelector('main');

  // The size of what is shown, whenever it changes.
  let height = 0;
  new ResizeObserver(() => {
    const now = Math.ceil(document.body.getBoundingClientRect().height);
    if (now !== height) say('height', { height: (height = now) });
  }).observe(document.body);

  addEventListener('message', (event) => {
    if (event.source !== parent || event.origin !== around || event.data?.sendero !== 1 || event.data.type !== 'look') return;
    const { theme, hideEventTypeDetails } = event.data.data;
    if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
    document.documentElement.toggleAttribute('data-plain', hideEventTypeDetails === true);
  });

  // What happened on this page, told once.
  const news = () => {
    const at = main()?.dataset;
    if (!at?.say) return;
    say(at.say, JSON.parse(at.detail || '{}'));
    delete at.say;
  };

  // Follows links and forms of the calendar without a new page.
  let turn = 0;
  async function go(url, focus, push = true) {
    const mine = ++turn;
    main().setAttribute('aria-busy', 'true');
    try {
      const answer = await fetch(url, { headers: { accept: 'text/html' } });
      const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
      if (mine !== turn) return;
      const fresh = next.querySelector('main');
      if (!fresh || answer.redirected) return location.assign(url);
      main().replaceWith(document.adoptNode(fresh));
      document.title = next.title;
      if (push) history.pushState(null, '', url);
      else history.replaceState(null, '', url);
      const target = focus && document.querySelector(focus);
      if (target) {
        target.focus({ preventScroll: true });
        target.scrollIntoView({ block: 'nearest' });
      }
      news();
      hold();
    } catch {
      location.assign(url);
    }
  }

  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[data-swap]');
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    void go(link.href, link.dataset.swap);
  });
  document.addEventListener('change', (event) => {
    if (event.target.matches('select[data-send]')) event.target.form.requestSubmit();
  });
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.matches('form[data-swap]')) {
      event.preventDefault();
      void go(`${form.action.split('?')[0]}?${new URLSearchParams(new FormData(form))}`, form.dataset.swap);
      return;
    }
    // A second click books nothing twice, but it would show a fault.
    if (form.method === 'post') setTimeout(() => form.querySelectorAll('button').forEach((one) => (one.disabled = true)));
  });
  addEventListener('popstate', () => void go(location.href, null, false));
  addEventListener('pageshow', (event) => {
    if (event.persisted) document.querySelectorAll('button[disabled]').forEach((one) => (one.disabled = false));
  });

  // Arrow keys go from day to day, and from time to time.
  document.addEventListener('keydown', (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
    const day = event.target.closest?.('td[data-day]');
    if (day && steps[event.key]) {
      event.preventDefault();
      const all = [...document.querySelectorAll('td[data-day]')];
      let at = all.indexOf(day) + steps[event.key];
      // Past days without a time; they cannot be reached.
      while (all[at] && !all[at].querySelector('a')) at += Math.sign(steps[event.key]);
      all[at]?.querySelector('a').focus();
      return;
    }
    const time = event.target.closest?.('.times li');
    if (time && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault();
      (event.key === 'ArrowDown' ? time.nextElementSibling : time.previousElementSibling)?.querySelector('a')?.focus();
    }
  });

  // Keeps the time while the form is filled in, and gives it back when the visitor turns away.
  let kept = null;
  async function hold() {
    const form = document.querySelector('form[data-hold]');
    if (!form) return release();
    let visitor = null;
    try { visitor = sessionStorage.getItem('visitor'); } catch { /* Storage is off: a new visitor each time. */ }
    visitor ||= crypto.randomUUID?.() ?? String(Math.random());
    try { sessionStorage.setItem('visitor', visitor); } catch { /* As above. */ }
    const body = new URLSearchParams({ visitor, start: form.elements.start.value, minutes: form.elements.minutes.value, t: form.elements.t.value });
    try {
      const answer = await fetch(form.dataset.hold, { method: 'POST', body });
      if (!form.isConnected) return;
      if (answer.ok) {
        const { token } = await answer.json();
        form.elements.hold.value = token;
        kept = { token, to: form.dataset.release };
      } else if (answer.status === 409) {
        const note = form.querySelector('[data-taken]');
        note.hidden = false;
      }
    } catch { /* Without a hold the time is booked all the same, if nobody is faster. */ }
  }
  function release() {
    if (kept) navigator.sendBeacon(kept.to, new URLSearchParams({ token: kept.token }));
    kept = null;
  }
  let sent = false;
  document.addEventListener('submit', (event) => { sent ||= event.target.matches('form[data-hold]'); });
  addEventListener('pagehide', () => { if (!sent) release(); });

  say('ready');
  news();
  const own = zone();
  if (own && main()?.dataset.zone === '' && own !== main().dataset.shown) {
    const url = new URL(location.href);
    url.searchParams.set('tz', own);
    void go(url.href, null, false).then(hold);
  } else void hold();
})();
