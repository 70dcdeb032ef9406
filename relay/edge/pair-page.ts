/**
 * The page behind the link of `lockstep pair`: shows the code that the link carries behind its `#`, and how to take
 * both to the extension. The code never leaves the browser. May be shown to anyone: of the relay there is nothing in it
 * but the fingerprint of its certificate, which every connection shows anyway.
 */
import { createHash } from 'node:crypto';
import type { Certificate } from '../config/certificate.ts';

const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; padding: 32px 20px; font: 16px/1.5 system-ui, sans-serif; background: light-dark(#eceff2, #12171c); color: light-dark(#17202a, #e8eef4); }
main { max-width: 560px; margin: 0 auto; padding: 24px 28px; border-radius: 12px; background: light-dark(#fff, #181e25); }
h1 { margin: 0 0 12px; font-size: 22px; }
h2 { margin: 24px 0 8px; font-size: 17px; }
ol { padding-left: 22px; }
li { margin: 14px 0; }
.code { font: 600 28px ui-monospace, monospace; letter-spacing: .08em; }
.row { display: flex; gap: 8px; margin-top: 6px; }
input { flex: 1; min-width: 0; padding: 8px 10px; font: 14px ui-monospace, monospace; border: 1px solid light-dark(#55636f, #9aa8b5); border-radius: 8px; background: transparent; color: inherit; }
button { padding: 8px 16px; font: inherit; font-weight: 600; border: 0; border-radius: 8px; background: light-dark(#0f7c6c, #45c4b0); color: light-dark(#fff, #04211d); cursor: pointer; }
:focus-visible { outline: 2px solid light-dark(#b45309, #ffd166); outline-offset: 2px; }
code { font-family: ui-monospace, monospace; }
.print { overflow-wrap: anywhere; font-size: 14px; }
.muted { color: light-dark(#55636f, #9aa8b5); }
`;

// Without the Clipboard API where the page came without TLS: there the browser copies what is selected.
const SCRIPT = `
const code = /^#(\\d{4})(\\d{4})$/.exec(location.hash);
if (code !== null) {
  const find = (id) => document.getElementById(id);
  find('without').hidden = true;
  find('with').hidden = false;
  find('code').textContent = code[1] + ' ' + code[2];
  find('address').textContent = location.href.replace(/\\/pair\\/?#.*$/, '');
  const link = find('link');
  link.value = location.href;
  find('copy').addEventListener('click', () => {
    link.select();
    find('said').textContent = document.execCommand('copy') ? 'Copied.' : 'Press Ctrl+C to copy it.';
  });
}
addEventListener('hashchange', () => location.reload());
`;

/** @param fingerprint of a certificate that nobody but this relay vouches for */
const certificateNote = (fingerprint: string): string => `
<h2>Its certificate</h2>
<p>The relay made its certificate itself. This page is open, so you have accepted it for this browser, and the extension can
connect. To be sure that it is this relay’s, compare its SHA-256 fingerprint in three places: here, where
<code>lockstep pair</code> shows it, and in the browser, behind the sign in front of the address.</p>
<p class="print"><code>${fingerprint}</code></p>
<p>Where they differ, somebody stands between this browser and the relay: type no code.</p>
<p class="muted">Chromium takes it so for the wall, but not for badge and notifications: for those the system must trust the
certificate. How is in the documentation, remote.md.</p>`;

const htmlOf = (note: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pair with a Lockstep relay</title>
<style>${STYLE}</style>
<main>
<h1>Pair with this Lockstep relay</h1>
<p>A browser with the Lockstep extension shows the cameras of this relay once it is paired.</p>
<div id="with" hidden>
<ol>
<li><label for="link">Copy this link:</label>
<div class="row"><input id="link" readonly><button id="copy" type="button">Copy</button></div>
<span id="said" class="muted" role="status"></span></li>
<li>Open the settings of the extension: click its icon, then “Open settings”.</li>
<li>Paste the link as the relay address: that pairs at once.</li>
</ol>
<p>Or type there the address <code id="address"></code> and the pairing code</p>
<p class="code" id="code"></p>
<p class="muted">It works once, and for five minutes after it was made.</p>
</div>
<div id="without">
<p>This address carries no pairing code. Run <code>lockstep pair</code> where the relay runs and open the whole link that it
shows, with all that stands behind the <code>#</code>.</p>
</div>
${note}</main>
<script>${SCRIPT}</script>
</html>
`;

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Its own style and script, by their hashes, and nothing else: no frame, no address to send anything to. */
const POLICY = `default-src 'none'; style-src ${hash(STYLE)}; script-src ${hash(SCRIPT)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** @param certificate of the relay's own TLS; undefined: it has none */
export function pairPage(certificate: Pick<Certificate, 'fingerprint' | 'selfSigned'> | undefined): {
  readonly html: string;
  readonly policy: string;
} {
  const note = certificate?.selfSigned === true ? `${certificateNote(certificate.fingerprint)}\n` : '';
  return { html: htmlOf(note), policy: POLICY };
}
