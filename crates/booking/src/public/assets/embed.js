/* Booking pages inside of other pages: inline, as a pop-up, behind a floating button. See docs/embeds.md. */
(function () {
  'use strict';
  var doc = document;
  var origin = new URL(doc.currentScript.src).origin;
  var frames = [];
  var listeners = [];
  var looks = {};
  if (window.Sendero && window.Sendero.inline) return;

  function el(name, style, props) {
    var node = Object.assign(doc.createElement(name), props || {});
    node.style.cssText = style || '';
    return node;
  }

  /* What the page hears of: each listener by the name of the event, `*` for all. */
  function tell(frame, type, data) {
    listeners.slice().forEach(function (one) {
      if (one.ns === frame.ns && (one.type === '*' || one.type === type)) {
        var full = 'CAL:' + (frame.ns || '') + ':' + type;
        one.call(one.cal ? { detail: { type: type, namespace: frame.ns, fullType: full, data: data } } : { type: type, data: data, link: frame.link });
      }
    });
  }

  var CAL = {
    ready: ['__iframeReady', 'linkReady'],
    height: ['__dimensionChanged'],
    failed: ['linkFailed'],
    close: ['__closeIframe'],
    selected: ['eventTypeSelected'],
    booked: ['bookingSuccessfulV2', 'bookingSuccessful'],
    moved: ['rescheduleBookingSuccessfulV2', 'rescheduleBookingSuccessful'],
    cancelled: ['bookingCancelled'],
  };

  window.addEventListener('message', function (event) {
    /* Only our own frames, and only while they show our own pages. */
    var frame = event.origin === origin && frames.find(function (one) { return one.node.contentWindow === event.source; });
    var said = event.data;
    if (!frame || !said || said.sendero !== 1 || !CAL[said.type]) return;
    if (said.type === 'ready') {
      frame.node.style.visibility = 'visible';
      frame.shown = true;
      look(frame);
    }
    if (said.type === 'height' && said.data.height > 0) frame.node.style.height = Math.ceil(said.data.height) + 'px';
    if (said.type === 'close' && frame.close) frame.close();
    tell(frame, said.type, said.data);
    CAL[said.type].forEach(function (name) {
      var data = said.data;
      if (name === '__dimensionChanged') data = { iframeHeight: data.height, iframeWidth: frame.node.clientWidth, isFirstTime: !frame.sized };
      tell(frame, name, data);
    });
    if (said.type === 'height') frame.sized = true;
  });

  /* How it looks can be said later than what is shown. */
  function look(frame) {
    var wanted = looks[frame.ns];
    if (wanted && frame.shown) frame.node.contentWindow.postMessage({ sendero: 1, type: 'look', data: wanted }, origin);
  }

  function address(link, options, ns) {
    var url = new URL(origin + '/book/' + String(link).replace(/^\/+|[?#].*$/g, ''));
    new URLSearchParams(String(link).split('?')[1] || '').forEach(function (value, name) { url.searchParams.set(name, value); });
    var given = Object.assign({}, options);
    var names = { name: 'name', email: 'email', date: 'date', month: 'month', duration: 'minutes', minutes: 'minutes', theme: 'theme', language: 'lang', timeZone: 'tz' };
    Object.keys(names).forEach(function (name) {
      if (typeof given[name] === 'string' || typeof given[name] === 'number') url.searchParams.set(names[name], given[name]);
    });
    new URLSearchParams(location.search).forEach(function (value, name) {
      if (/^utm_/.test(name)) url.searchParams.set(name, value);
    });
    try {
      if (!url.searchParams.has('tz')) url.searchParams.set('tz', Intl.DateTimeFormat().resolvedOptions().timeZone);
    } catch (_) { /* The page then uses the host's. */ }
    url.searchParams.set('embed', ns || '1');
    /* Not that of the location: a srcdoc frame has none there. */
    url.searchParams.set('embed_origin', window.origin);
    return url.href;
  }

  function frameFor(link, options, ns) {
    var node = el('iframe', 'display:block;width:100%;height:520px;border:0;visibility:hidden;color-scheme:normal;background:transparent', {
      title: (options && options.title) || 'Booking',
      allow: 'clipboard-write',
    });
    var frame = { node: node, ns: ns || '', link: link, shown: false };
    frames.push(frame);
    node.addEventListener('load', function () {
      /* A page that may not be framed, or none at all, says nothing. */
      setTimeout(function () {
        if (frame.shown || !node.isConnected) return;
        node.style.visibility = 'visible';
        tell(frame, 'failed', { code: '0', msg: 'the page did not answer' });
        tell(frame, 'linkFailed', { code: '0', msg: 'the page did not answer' });
      }, 4000);
    });
    /* What is said of its looks in the same breath still counts. */
    setTimeout(function () {
      node.src = address(link, Object.assign({}, looks[ns || ''], options), ns);
    }, 0);
    return frame;
  }

  function find(where) {
    return typeof where === 'string' ? doc.querySelector(where) : where;
  }

  function inline(where, link, options, ns) {
    var place = find(where);
    if (!place) return console.warn('Sendero: there is no element', where);
    place.replaceChildren(frameFor(link, options, ns).node);
  }

  function popup(link, options, ns) {
    var dialog = el('dialog', 'width:min(64rem,calc(100vw - 1rem));max-width:none;max-height:calc(100dvh - 1rem);padding:0;border:0;border-radius:14px;overflow:auto;background:transparent;box-shadow:0 20px 60px rgba(0,0,0,.35)');
    dialog.setAttribute('aria-label', (options && options.title) || 'Booking');
    var shut = el('button', 'position:sticky;top:8px;float:right;z-index:1;margin:8px 8px -52px 0;width:44px;height:44px;border:0;border-radius:22px;background:#27272a;color:#fff;font:22px/1 system-ui;cursor:pointer', { type: 'button', textContent: '\u00d7' });
    shut.setAttribute('aria-label', (options && options.closeLabel) || 'Close');
    var frame = frameFor(link, options, ns);
    frame.close = function () { dialog.close(); };
    shut.onclick = frame.close;
    dialog.append(shut, frame.node);
    dialog.addEventListener('click', function (event) { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener('close', function () {
      frames.splice(frames.indexOf(frame), 1);
      dialog.remove();
      tell(frame, 'closed', {});
    });
    doc.body.append(dialog);
    dialog.showModal();
    return dialog;
  }

  function button(link, options, ns) {
    var given = options || {};
    var node = el('button', 'position:fixed;bottom:20px;z-index:2147483000;min-height:48px;padding:0 22px;border:0;border-radius:24px;font:600 16px/1 system-ui,sans-serif;cursor:pointer;box-shadow:0 6px 24px rgba(0,0,0,.25)', { type: 'button', textContent: given.text || 'Book a time' });
    node.style[given.position === 'bottom-left' ? 'left' : 'right'] = '20px';
    node.style.background = given.color || '#5046b8';
    node.style.color = given.textColor || '#ffffff';
    node.onclick = function () { popup(link, given, ns); };
    doc.body.append(node);
    return node;
  }

  function on(type, call, ns, cal) {
    listeners.push({ type: type, call: call, ns: ns || '', cal: !!cal });
  }
  function off(type, call, ns) {
    listeners = listeners.filter(function (one) { return !(one.type === type && one.call === call && one.ns === (ns || '')); });
  }

  window.Sendero = { inline: inline, popup: popup, button: button, on: on, off: off };

  function config(of) {
    try { return JSON.parse(of || '{}'); } catch (_) { return {}; }
  }

  doc.addEventListener('click', function (event) {
    var node = event.target.closest && event.target.closest('[data-sendero-book],[data-cal-link]');
    if (!node) return;
    event.preventDefault();
    var data = node.dataset;
    popup(data.senderoBook || data.calLink, config(data.senderoConfig || data.calConfig), data.calNamespace);
  });

  if (!customElements.get('sendero-booking')) {
    customElements.define('sendero-booking', class extends HTMLElement {
      connectedCallback() {
        var options = Object.assign(config(this.getAttribute('config')), this.title ? { title: this.title } : {});
        var mode = this.getAttribute('mode') || 'inline';
        var link = this.getAttribute('link');
        if (mode === 'button') this.made = button(link, Object.assign({ text: this.textContent.trim() || undefined }, options));
        else if (mode === 'popup') this.onclick = function () { popup(link, options); };
        else inline(this, link, options);
      }
      disconnectedCallback() { if (this.made) this.made.remove(); }
    });
  }

  /* The calls of a Cal.com snippet: a queue of [name, ...arguments], one for each namespace. */
  function run(ns, args) {
    var name = args[0];
    var given = args[1] || {};
    if (name === 'inline') inline(given.elementOrSelector, given.calLink, given.config, ns);
    else if (name === 'modal') popup(given.calLink, given.config, ns);
    else if (name === 'floatingButton') button(given.calLink, Object.assign({ text: given.buttonText, color: given.buttonColor, textColor: given.buttonTextColor, position: given.buttonPosition }, given.config), ns);
    else if (name === 'on') on(given.action, given.callback, ns, true);
    else if (name === 'off') off(given.action, given.callback, ns);
    else if (name === 'initNamespace') take(window.Cal.ns[args[1]], args[1]);
    else if (name === 'ui') {
      looks[ns] = Object.assign({}, looks[ns], given);
      frames.forEach(function (frame) { if (frame.ns === ns) look(frame); });
    }
  }
  function take(api, ns) {
    if (!api || api.taken) return;
    api.taken = true;
    var waiting = api.q || [];
    api.q = { push: function (args) { run(ns, args); } };
    waiting.forEach(function (args) { run(ns, args); });
  }
  if (window.Cal) {
    take(window.Cal, '');
    Object.keys(window.Cal.ns || {}).forEach(function (ns) { take(window.Cal.ns[ns], ns); });
  }
})();
