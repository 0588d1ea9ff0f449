import { describe, expect, it } from 'vitest';
import { readMerge, splitMerge, writeMerge } from './merge';
import { parsePlain, parseRich, stylesOf, writePlain, writeRich } from './richtext';

const again = (html: string) => writeRich(parseRich(html));

describe('the HTML of a text', () => {
  it.each([
    ['', ''],
    ['Hello', 'Hello'],
    ['Hi {{ first_name | default("there") }},', 'Hi {{ first_name | default("there") }},'],
    ['{{ a | default("x &amp; y") }}', '{{ a | default("x &amp; y") }}'],
    ['a &lt; b &amp; c', 'a &lt; b &amp; c'],
    ['<b>a</b> <i>b</i>', '<strong>a</strong> <em>b</em>'],
    ['<p>One</p>\n<p>Two<br>lines</p>', '<p>One</p><p>Two<br />lines</p>'],
    ['<p>One</p><p></p>', '<p>One</p><p><br /></p>'],
    ['<ul><li>a</li><li>b <b>c</b></li></ul>', '<ul><li>a</li><li>b <strong>c</strong></li></ul>'],
    ['<ol><li>a<ul><li>b</li></ul></li></ol>', '<ol><li>a<ul><li>b</li></ul></li></ol>'],
    ['<li>lost</li>', '<ul><li>lost</li></ul>'],
    ['<a href="https://x.example/?a=1&amp;b={{ email }}">go</a>', '<a href="https://x.example/?a=1&amp;b={{ email }}">go</a>'],
    ["<a href='{{ shop | default(\"https://x.example\") }}'>go</a>", '<a href="{{ shop | default(&quot;https://x.example&quot;) }}">go</a>'],
    ['<span style="COLOR: #f00; position: fixed">red</span>', '<span style="color:#f00">red</span>'],
    ['<em><a href="#a">x</a></em>', '<a href="#a"><em>x</em></a>'],
    ['x<sup>2</sup> H<sub>2</sub>O <code>c</code>', 'x<sup>2</sup> H<sub>2</sub>O <code>c</code>'],
    ['{% if points < 5 %}few{% endif %}', '{% if points &lt; 5 %}few{% endif %}'],
    ['<script>alert(1)</script>', 'alert(1)'],
    ['a <!-- note --> b', 'a b'],
    ['<b>a<br>b</b>', '<strong>a</strong><br /><strong>b</strong>'],
    ['unclosed <b>bold', 'unclosed <strong>bold</strong>'],
    ['a < b', 'a &lt; b'],
  ])('%s', (before, after) => {
    expect(again(before)).toBe(after);
  });

  it('is the same when it is read and written once more', () => {
    const pieces = ['a ', '<b>', '</b>', '<i>', '</i>', '<p>', '</p>', '<br>', '<ul>', '</ul>', '<ol>', '</ol>', '<li>', '</li>', '{{ x }}', '&amp;', '<a href="u">', '</a>', '<span style="color:red">', '</span>', ' ', 'z'];
    let state = 7;
    const pick = () => {
      state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
      return pieces[Math.floor((state / 4_294_967_296) * pieces.length)]!;
    };
    for (let round = 0; round < 1500; round += 1) {
      const html = Array.from({ length: 12 }, pick).join('');
      const once = again(html);
      expect(again(once), html).toBe(once);
    }
  });

  it('lets nothing of a style through that could load or cover', () => {
    expect(stylesOf('color:red;background-color:url(x);font-size:12px;width:1px')).toEqual({ color: 'red', 'font-size': '12px' });
  });
});

describe('a plain text', () => {
  it.each(['', 'Hello', 'Two\nlines', 'For {{ first_name | default("you") }}\n{{ email }}', 'a < b & c'])('%j', (text) => {
    expect(writePlain(parsePlain(text))).toBe(text);
  });
});

describe('merge tags', () => {
  it('are a name with a fallback, or an expression', () => {
    expect(readMerge(' first_name | default("you \\"there\\"") ')).toMatchObject({ name: 'first_name', fallback: 'you "there"' });
    expect(readMerge('account.name')).toMatchObject({ name: 'account.name', fallback: null });
    expect(readMerge('points | number')).toMatchObject({ name: null, expression: 'points | number' });
    expect(readMerge(writeMerge('city', 'a "b" \\ c'))).toMatchObject({ name: 'city', fallback: 'a "b" \\ c' });
    expect(splitMerge('Hi {{ a }}, {{ b }}').map((part) => (typeof part === 'string' ? part : part.name))).toEqual(['Hi ', 'a', ', ', 'b']);
  });
});
