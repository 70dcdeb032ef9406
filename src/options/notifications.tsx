/** When desktop notifications may appear: at all, for which cameras, at which hours. */

import type { QuietHours, Settings } from '../extension/settings.ts';
import type { CameraStatus } from '../extension/status.ts';
import { text as words } from '../texts/text.ts';
import { minuteOf, timeText } from './day-time.ts';

const DEFAULT_QUIET: QuietHours = { fromMinute: 22 * 60, toMinute: 7 * 60 };

interface NotificationSettingsProps {
  readonly settings: Settings;
  /** Of all relays, by their keys. */
  readonly cameras: readonly Pick<CameraStatus, 'id' | 'name'>[];
  readonly change: (patch: Partial<Settings>) => void;
}

export function NotificationSettings({ settings, cameras, change }: NotificationSettingsProps) {
  const { notifications, mutedCameras, quietHours } = settings;
  return (
    <section aria-labelledby="notifications-title">
      <h2 id="notifications-title">{words('notifyTitle')}</h2>
      <label class="check">
        <input
          type="checkbox"
          checked={notifications}
          onChange={(event) => change({ notifications: event.currentTarget.checked })}
        />
        {words('notifyMe')}
      </label>
      <p class="muted note">{words('notifyHelp')}</p>
      {notifications && cameras.length > 0 && (
        <fieldset>
          <legend>{words('notifyCameras')}</legend>
          {cameras.map(({ id, name }) => (
            <label class="check" key={id}>
              <input
                type="checkbox"
                checked={!mutedCameras.includes(id)}
                onChange={(event) => {
                  const others = mutedCameras.filter((muted) => muted !== id);
                  change({ mutedCameras: event.currentTarget.checked ? others : [...others, id] });
                }}
              />
              {name}
            </label>
          ))}
        </fieldset>
      )}
      {notifications && <QuietHoursSettings hours={quietHours} change={change} />}
    </section>
  );
}

interface QuietHoursProps {
  readonly hours: QuietHours | undefined;
  readonly change: (patch: Partial<Settings>) => void;
}

function QuietHoursSettings({ hours, change }: QuietHoursProps) {
  const edit = (end: keyof QuietHours, text: string): void => {
    const minute = minuteOf(text);
    if (hours !== undefined && minute !== undefined) change({ quietHours: { ...hours, [end]: minute } });
  };
  return (
    <fieldset>
      <legend>{words('quietTitle')}</legend>
      <label class="check">
        <input
          type="checkbox"
          checked={hours !== undefined}
          onChange={(event) =>
            change({ quietHours: event.currentTarget.checked ? DEFAULT_QUIET : undefined })
          }
        />
        {words('quietOn')}
      </label>
      {hours !== undefined && (
        <div class="hours">
          <label>
            {words('quietFrom')}{' '}
            <input
              type="time"
              value={timeText(hours.fromMinute)}
              onChange={(event) => edit('fromMinute', event.currentTarget.value)}
            />
          </label>
          <label>
            {words('quietTo')}{' '}
            <input
              type="time"
              value={timeText(hours.toMinute)}
              onChange={(event) => edit('toMinute', event.currentTarget.value)}
            />
          </label>
        </div>
      )}
    </fieldset>
  );
}
