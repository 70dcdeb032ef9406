import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { deriveManifest } from '../../../scripts/build.mjs';

const source = JSON.parse(await readFile(new URL('../../../manifest.json', import.meta.url), 'utf8'));

describe('both manifests', () => {
  test.each(['chrome', 'firefox'] as const)(
    '%s asks for no host and only for what the code uses',
    (browser) => {
      const manifest = deriveManifest(source, browser, '1.2.3');
      expect(manifest).toMatchObject({
        version: '1.2.3',
        permissions: ['notifications', 'storage', 'alarms'],
      });
      expect(Object.keys(manifest).filter((key) => key.includes('host_permissions'))).toEqual([]);
    },
  );

  test.each(['chrome', 'firefox'] as const)('%s may open plain sockets on the local network', (browser) => {
    const csp = JSON.stringify(deriveManifest(source, browser, '1.2.3').content_security_policy);
    // Firefox's own default holds this and would turn ws: into wss:, even for 127.0.0.1.
    expect(csp).not.toContain('upgrade-insecure-requests');
    expect(csp).toMatch(/connect-src [^;]*ws:/);
    expect(csp).not.toMatch(/script-src [^;]*(unsafe|http|blob)/);
  });
});

test('Chrome gets a service worker', () => {
  expect(deriveManifest(source, 'chrome', '1.2.3')).toMatchObject({
    background: { service_worker: 'background.js' },
  });
});

test('Firefox gets an event page, an id, and says that no data is collected', () => {
  const manifest = deriveManifest(source, 'firefox', '1.2.3');
  expect(manifest).toMatchObject({
    background: { scripts: ['background.js'] },
    browser_specific_settings: { gecko: { data_collection_permissions: { required: ['none'] } } },
  });
  expect(manifest).not.toHaveProperty('minimum_chrome_version');
  expect(manifest.background).not.toHaveProperty('service_worker');
});

test('an unpacked extension has one id wherever its folder lies, and a store gives its own', () => {
  const { key } = deriveManifest(source, 'chrome', '1.2.3', { unpacked: true });
  // As Chromium does it: 128 bits of the SHA-256 of the public key, in the letters a to p.
  const digest = createHash('sha256')
    .update(Buffer.from(String(key), 'base64'))
    .digest('hex')
    .slice(0, 32);
  const id = digest.replace(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 16)));
  // Every pairing is bound to it.
  expect(id).toBe('ikejngimdijfipkhbconajkodopmabgi');
  expect(deriveManifest(source, 'chrome', '1.2.3')).not.toHaveProperty('key');
  expect(deriveManifest(source, 'firefox', '1.2.3', { unpacked: true })).not.toHaveProperty('key');
});
