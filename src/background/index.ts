/**
 * The background's composition root. It may be killed at any time and started again by any event, so every
 * listener is added in the first tick, and nothing that must last lives in a variable (settings.ts, status.ts).
 */
import { browser, type Runtime, storagePort } from '../extension/browser.ts';
import { LocalNetwork } from '../extension/local-network.ts';
import { type Handlers, isOwnSender, type MessageName, parseMessage } from '../extension/messages.ts';
import { RelayLink } from '../extension/relay-link.ts';
import { isQuiet, type Settings, settingsStore } from '../extension/settings.ts';
import { type RelayStatus, statusStore } from '../extension/status.ts';
import { WallStatuses } from '../extension/wall-status.ts';
import { monotonicClock, platformTimers, wallClock } from '../wire/ports.ts';
import { openTextSocket } from '../wire/socket-port.ts';
import { badgeFor } from './badge.ts';
import { findWalls } from './find-walls.ts';
import type { NoticePolicy } from './freeze-notifier.ts';
import { MissedEvents, type Outage, outagesOf } from './missed-outages.ts';
import { cameraOf } from './notice-texts.ts';
import { FreezeNotices } from './notices.ts';
import { RelayWatch } from './relay-watch.ts';
import { WallTab, type WallTabsPort } from './wall-tab.ts';

const ALARM = 'look-again';
/** Chrome's floor. Revives a killed background page, which then reconnects and resumes. */
const ALARM_MINUTES = 0.5;
const WALL_URL = browser.runtime.getURL('wall.html');

const settings = settingsStore(storagePort('local'));
const status = statusStore(storagePort('session'));
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
const policy = (): NoticePolicy => ({
  muted: (camera) =>
    current?.notifications === false ||
    (camera !== undefined && current?.mutedCameras.includes(camera) === true),
  quiet(atMs) {
    const at = new Date(atMs);
    return isQuiet(current?.quietHours, at.getHours() * 60 + at.getMinutes());
  },
});

const notices = new FreezeNotices({
  notifications: {
    async show({ id, title, message }) {
      // Only what both browsers take: Firefox throws on buttons, requireInteraction and silent.
      await browser.notifications.create(id, {
        type: 'basic',
        iconUrl: browser.runtime.getURL('icons/icon-128.png'),
        title,
        message,
      });
    },
    async clear(id) {
      await browser.notifications.clear(id);
    },
  },
  load: async () => (await status.read()).notices,
  save: (value) => status.write({ notices: value }),
  policy,
  wallClock,
  timers,
});

const missed = new MissedEvents();
let latest: RelayStatus | undefined;
/** What the relay replays is read: only then it is known what "live" stands for, nothing or a recovery. */
let caughtUp = false;

function tellNotices(outages: readonly Outage[] = []): void {
  const address = current?.relay?.address;
  const open = latest?.phase === 'open';
  const relay =
    latest === undefined || address === undefined
      ? undefined
      : { address, name: latest.name, open, reason: latest.reason, refused: latest.refusal !== undefined };
  const cameras = open && caughtUp ? latest?.cameras : undefined;
  notices.update({ relay, cameras, missed: outages }).catch(report);
}

const link = new RelayLink({
  openSocket: openTextSocket,
  clock: monotonicClock,
  wallClock,
  timers,
  random: Math.random,
  client: 'background',
  localNetwork: new LocalNetwork(navigator.permissions),
  onMessage: (message) => {
    const events = missed.read(message);
    if (events !== undefined) {
      caughtUp = true;
      tellNotices(outagesOf(events, link.coarseOffsetMs));
    }
    // Both browsers stop an idle background after 30 s; messages alone do not count in Firefox, an API call does.
    if (message.type === 'tick') browser.runtime.getPlatformInfo().catch(report);
  },
});

async function showBadge(relay: RelayStatus | undefined): Promise<void> {
  const { text, colour, title } = badgeFor(relay);
  await Promise.all([
    browser.action.setBadgeText({ text }),
    browser.action.setBadgeBackgroundColor({ color: colour }),
    browser.action.setBadgeTextColor({ color: '#ffffff' }),
    browser.action.setTitle({ title }),
  ]);
}

const watch = new RelayWatch({
  link,
  load: async () => (await status.read()).relay,
  publish: (relay) => {
    status.write({ relay }).catch(report);
    showBadge(relay).catch(report);
    latest = relay;
    if (relay?.phase !== 'open') caughtUp = false;
    tellNotices();
  },
});

async function start(): Promise<void> {
  current = await settings.read();
  await Promise.all([
    watch.start(current.relay),
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
  'background:retry-relay': () => watch.retryNow(),
};

browser.action.onClicked.addListener(() => {
  wallTab.show().catch(report);
});
browser.alarms.onAlarm.addListener(({ name }) => {
  if (name !== ALARM) return;
  watch.retryNow();
  notices.check().catch(report);
});
browser.notifications.onClicked.addListener((id) => {
  const camera = cameraOf(id);
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
    .then(({ relay }) =>
      relay === undefined ? browser.tabs.create({ url: browser.runtime.getURL('options.html') }) : undefined,
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
  watch.follow(values.relay);
  notices.check().catch(report);
}, report);

start().catch(report);
