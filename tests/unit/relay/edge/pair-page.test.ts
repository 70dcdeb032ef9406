import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { pairPage } from '../../../../relay/edge/pair-page.ts';

const FINGERPRINT = 'AB:CD:EF';
const { html, policy } = pairPage({ fingerprint: FINGERPRINT, selfSigned: true });
const hashOf = (text: string | undefined): string =>
  `'sha256-${createHash('sha256')
    .update(text ?? '')
    .digest('base64')}'`;

it('may run its own script and style, and nothing else', () => {
  expect(policy).toContain(`script-src ${hashOf(/<script>([\s\S]*)<\/script>/.exec(html)?.[1])};`);
  expect(policy).toContain(`style-src ${hashOf(/<style>([\s\S]*)<\/style>/.exec(html)?.[1])};`);
  expect(policy).toMatch(/^default-src 'none';.*frame-ancestors 'none'$/);
});

it('loads nothing from elsewhere, and hands the code to nobody', () => {
  expect(html).not.toMatch(/src=|href=|https?:|fetch|XMLHttp|sendBeacon|innerHTML/);
});

it('shows the fingerprint of a certificate that only the relay vouches for', () => {
  expect(html).toContain(`<code>${FINGERPRINT}</code>`);
  expect(pairPage({ fingerprint: FINGERPRINT, selfSigned: false }).html).not.toContain(FINGERPRINT);
  expect(pairPage(undefined).html).not.toContain('certificate');
});
