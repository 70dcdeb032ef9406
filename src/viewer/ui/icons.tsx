/** Line icons, 20 × 20, in the colour of the text around them. */
import type { ComponentChildren } from 'preact';

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 20 20"
      width="18"
      height="18"
      fill="none"
      stroke="currentColor"
      stroke-width="1.7"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const ExpandIcon = () => (
  <Icon>
    <path d="M12 3h5v5M17 3l-6 6M8 17H3v-5M3 17l6-6" />
  </Icon>
);

export const ShrinkIcon = () => (
  <Icon>
    <path d="M16 9h-5V4M11 9l6-6M4 11h5v5M9 11l-6 6" />
  </Icon>
);

export const FullscreenIcon = () => (
  <Icon>
    <path d="M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4" />
  </Icon>
);

export const DetailsIcon = () => (
  <Icon>
    <path d="M4 16v-5M8 16V7M12 16v-7M16 16V4" />
  </Icon>
);

/** A stop-watch. */
export const CalibrateIcon = () => (
  <Icon>
    <circle cx="10" cy="11.500" r="6" />
    <path d="M10 8.500v3M8 2.500h4M10 2.500v3M15.300 5.200l1.200 1.200" />
  </Icon>
);

export const SettingsIcon = () => (
  <Icon>
    <path d="M3 6h8M15 6h2M3 14h2M9 14h8" />
    <circle cx="13" cy="6" r="2" />
    <circle cx="7" cy="14" r="2" />
  </Icon>
);

export const InfoIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="7.2" />
    <path d="M10 9.3v4.2M10 6.4v.1" />
  </Icon>
);

/** A camera with a line through it: no picture comes. */
export const NoPictureIcon = () => (
  <Icon>
    <path d="M2.5 6.5h9a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-9zM12.5 9l5-2.500v7l-5-2.500M3 17.500 16 3" />
  </Icon>
);

/** A snowflake: the picture is there but does not change. */
export const FrozenIcon = () => (
  <Icon>
    <path d="M10 2.500v15M3.500 6.250l13 7.500M16.500 6.250l-13 7.500M8 3.800l2 1.700 2-1.700M8 16.200l2-1.700 2 1.700" />
  </Icon>
);

/** A clock: the picture is old. */
export const StaleIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="7.2" />
    <path d="M10 5.800V10l3 2" />
  </Icon>
);
