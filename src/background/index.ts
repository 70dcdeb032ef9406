/**
 * The background's composition root. It may be killed at any time and started again by any event, so every
 * listener is added in the first tick, and nothing that must last lives in a variable (settings.ts, status.ts).
 */
import { browser, type Runtime, storagePort } from '../extension/browser.ts';
import { LocalNetwork } from '../extension/local-network.ts';
import { type Handlers, isOwnSender, type MessageName, parseMessage } from '../extension/messages.ts';
import { isQuiet, type Settings, settingsStore } from '../extension/settings.ts';
import { RelayStatuses, statusStore } from '../extension/status.ts';
import { WallStatuses } from '../extension/wall-status.ts';
import { cameraKey } from '../wire/camera-key.ts';
import { monotonicClock, platformTimers, wallClock } from '../wire/ports.ts';
import { openTextSocket } from '../wire/socket-port.ts';
import { badgeFor } from './badge.ts';
import { findWalls } from './find-walls.ts';
import type { NoticePolicy } from './freeze-notifier.ts';
import { desktopId, shownBy } from './notice-texts.ts';
import type { NotificationsPort } from './notices.ts';
import { RelayWatches } from './relay-watches.ts';
import { WallTab, type WallTabsPort } from './wall-tab.ts';
import { WatchedRelay } from './watched-relay.ts';

const ALARM = 'look-again';
/** Chrome's floor. Revives a killed background page, which then reconnects and resumes. */
const ALARM_MINUTES = 0.5;
const WALL_URL = browser.runtime.getURL('wall.html');

const settings = settingsStore(storagePort('local'));
const statuses = new RelayStatuses(storagePort('session'));
const walls = new WallStatuses(storagePort('session'));
const timers = platformTimers();

/** Shown on the browser's extensions page. */
const report = (error: unknown): void => reportError(error);

const wallUrl = (camera: string | undefined): string =>
  camera === undefined ? WALL_URL : `${WALL_URL}#camera=${encodeURIComponent(camera)}`;

const tabs: WallTabsPort = {
  find: () =>
    findWalls(
      {
        contexts: () => browser.runtime.getContexts({ contextTypes: ['TAB'] }),
        tabs: () => browser.tabs.query({ url: `${WALL_URL}*` }),
      },
      WALL_URL,
    ),
  async open(camera) {
    const { id, windowId } = await browser.tabs.create({ url: wallUrl(camera) });
    return id === undefined || windowId === undefined ? undefined : { tabId: id, windowId };
  },
  exists: (tabId) =>
    browser.tabs.get(tabId).then(
      () => true,
      () => false,
    ),
  async focus({ tabId, windowId }, camera) {
    // A message would be lost on a page whose script does not run yet; another hash alone loads nothing anew.
    await browser.tabs.update(tabId, {
      active: true,
      ...(camera === undefined ? {} : { url: wallUrl(camera) }),
    });
    await browser.windows.update(windowId, { focused: true });
  },
  setPopup: (shown) => browser.action.setPopup({ popup: shown ? 'popup.html' : '' }),
};
const wallTab = new WallTab({ tabs, clock: monotonicClock });

let current: Settings | undefined;

/** @param relay key of the pairing whose ids of cameras it is asked about */
const policyOf = (relay: string): NoticePolicy => ({
  muted: (camera) =>
    current?.notifications === false ||
    (camera !== undefined && current?.mutedCameras.includes(cameraKey(relay, camera)) === true),
  quiet(atMs) {
    const at = new Date(atMs);
    return isQuiet(current?.quietHours, at.getHours() * 60 + at.getMinutes());
  },
});

const notificationsOf = (relay: string): NotificationsPort => ({
  async show({ id, title, message }) {
    // Only what both browsers take: Firefox throws on buttons, requireInteraction and silent.
    await browser.notifications.create(desktopId(relay, id), {
      type: 'basic',
      iconUrl: browser.runtime.getURL('icons/icon-128.png'),
      title,
      message,
    });
  },
  async clear(id) {
    await browser.notifications.clear(desktopId(relay, id));
  },
});

const localNetwork = new LocalNetwork(navigator.permissions);
const relays: RelayWatches = new RelayWatches(
  (key) =>
    new WatchedRelay({
      openSocket: openTextSocket,
      clock: monotonicClock,
      wallClock,
      timers,
      random: Math.random,
      localNetwork,
      store: statusStore(storagePort('session'), key),
      notifications: notificationsOf(key),
      policy: () => policyOf(key),
      hasOthers: () => relays.statuses.length > 1,
      onChange: () => {
        showBadge().catch(report);
      },
      // Both browsers stop an idle background after 30 s; messages alone do not count in Firefox, an API call does.
      onTick: () => {
        browser.runtime.getPlatformInfo().catch(report);
      },
      report,
    }),
);

async function showBadge(): Promise<void> {
  const { text, colour, title } = badgeFor(relays.statuses.flatMap((status) => status ?? []));
  await Promise.all([
    browser.action.setBadgeText({ text }),
    browser.action.setBadgeBackgroundColor({ color: colour }),
    browser.action.setBadgeTextColor({ color: '#ffffff' }),
    browser.action.setTitle({ title }),
  ]);
}

async function start(): Promise<void> {
  current = await settings.read();
  const paired = new Set(current.relays.map(({ key }) => key));
  await Promise.all([
    relays.follow(current.relays).then(showBadge),
    ...(await statuses.stored()).filter((key) => !paired.has(key)).map((key) => relays.forget(key)),
    wallTab.refresh(),
    browser.alarms.create(ALARM, { periodInMinutes: ALARM_MINUTES }),
  ]);
}

async function lookForWall(closedTabId?: number): Promise<void> {
  if (!(await wallTab.refresh(closedTabId))) await walls.clear();
  else if (closedTabId !== undefined) await walls.remove(closedTabId);
}

const handlers: Handlers<Extract<MessageName, `background:${string}`>> = {
  'background:show-wall': ({ camera }) => {
    wallTab.show(camera).catch(report);
  },
  'background:retry-relay': ({ relay }) => relays.retryNow(relay),
};

browser.action.onClicked.addListener(() => {
  wallTab.show().catch(report);
});
browser.alarms.onAlarm.addListener(({ name }) => {
  if (name !== ALARM) return;
  relays.retryNow();
  relays.checkNotices().catch(report);
});
browser.notifications.onClicked.addListener((id) => {
  const camera = shownBy(id);
  if (camera === null) return;
  wallTab.show(camera).catch(report);
  browser.notifications.clear(id).catch(report);
});
browser.runtime.onMessage.addListener((value: unknown, sender: Runtime.MessageSender) => {
  if (!isOwnSender(sender, { id: browser.runtime.id, baseUrl: browser.runtime.getURL('') })) return undefined;
  const message = parseMessage(value);
  if (message?.to === 'background:show-wall') handlers[message.to](message);
  else if (message?.to === 'background:retry-relay') handlers[message.to](message);
  return undefined;
});
browser.runtime.onStartup.addListener(() => {
  // Being woken is the point: start() below runs.
});
browser.runtime.onInstalled.addListener(({ reason }) => {
  if (reason !== 'install') return;
  settings
    .read()
    // A tab of its own: openOptionsPage would take over a blank tab that someone is just typing an address into.
    .then((stored) =>
      stored.relays.length === 0
        ? browser.tabs.create({ url: browser.runtime.getURL('options.html') })
        : undefined,
    )
    .catch(report);
});
browser.tabs.onRemoved.addListener((tabId) => {
  lookForWall(tabId).catch(report);
});
browser.tabs.onUpdated.addListener((_tabId, { status: loading }) => {
  if (loading === 'complete') lookForWall().catch(report);
});
settings.subscribe((values) => {
  current = values;
  relays.follow(values.relays).then(showBadge).catch(report);
  relays.checkNotices().catch(report);
}, report);

start().catch(report);
